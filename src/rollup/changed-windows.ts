import { columnOf } from '../columns/select.ts';
import { quoteName } from '../sql/quote.ts';
import type { LoggedFile } from '../lake/sql-file.ts';
import type { Rollup } from '../fleet/model.ts';
import { type EventTimes, eventTimes, knownTimes, toMillis } from './event-times.ts';
import { querySource, type Source, SOURCE } from './source-query.ts';
import { windowEnd, type WindowGrid, windowGrid, windowStart } from './windows.ts';
import { type Limit, loadOf } from './limit.ts';
import { coverRanges, joinRanges, type TimeRange, type WindowSet, windowSet } from './window-set.ts';
import { MAX_RANGES } from './recompute-sql.ts';
import { windowStartSql } from './window-sql.ts';

/** The windows, and the grid that covers them. */
export type ChangedWindows = { readonly grid: WindowGrid; readonly windows: WindowSet };

/**
 * The windows in the contents of the files (design 5.7); undefined where they hold no row with an event time. A file's least
 * and greatest event time are contents too: where no window lies between those of the two, nothing has to be read. Where more than
 * the limit would have to be read, all windows between the two are taken instead: to recompute a window that did not change
 * is work, but no error.
 *
 * Rejects with `DataFileGoneError` where a removed file was vacuumed.
 */
export async function findChangedWindows(
  rollup: Rollup,
  source: Source,
  files: readonly LoggedFile[],
  limit: Limit,
): Promise<ChangedWindows | undefined> {
  const times = await eventTimes(source, files);
  if (times === undefined) return undefined;
  const grid = windowGrid(rollup.every, rollup.timeZone, times.min, times.max);
  const starts = new Set<number>();
  const unclear: LoggedFile[] = [];
  for (const file of files) {
    const known = knownTimes(source, file);
    if (known === undefined || windowEnd(grid, known.min) < windowStart(grid, known.max)) unclear.push(file);
    else starts.add(windowStart(grid, known.min)).add(windowStart(grid, known.max));
  }
  if (loadOf(unclear, limit) > 1) return { grid, windows: windowsBetween(source, files, grid, times) };
  if (unclear.length > 0) for (const start of await readWindows(source, unclear, grid)) starts.add(start);
  return { grid, windows: windowSet(starts, grid) };
}

/** Every window between the bounds of the files; between those of all where a file does not say its own. */
function windowsBetween(
  source: Source,
  files: readonly LoggedFile[],
  grid: WindowGrid,
  all: EventTimes,
): WindowSet {
  const ranges = files.map((file): TimeRange => {
    const { min, max } = knownTimes(source, file) ?? all;
    return { from: windowStart(grid, min), to: windowEnd(grid, max) };
  });
  return { starts: [], ranges: coverRanges(joinRanges(ranges), MAX_RANGES) };
}

async function readWindows(
  source: Source,
  files: readonly LoggedFile[],
  grid: WindowGrid,
): Promise<number[]> {
  const { eventTime } = source.table;
  const batch = await querySource(source, {
    sql: `SELECT DISTINCT ${windowStartSql(grid, `epoch_us(${quoteName(eventTime)})`)} AS "start" FROM ${SOURCE} WHERE ${quoteName(eventTime)} IS NOT NULL`,
    files,
    columns: [eventTime],
  });
  return Array.from(columnOf(batch, 'start').values, toMillis);
}
