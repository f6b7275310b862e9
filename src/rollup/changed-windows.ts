import { columnOf } from '../columns/select.ts';
import { quoteName } from '../sql/quote.ts';
import type { LoggedFile } from '../lake/sql-file.ts';
import type { Rollup } from '../fleet/model.ts';
import { eventTimes, knownTimes, toMillis } from './event-times.ts';
import { querySource, type Source, SOURCE } from './source-query.ts';
import { windowEnd, type WindowGrid, windowGrid, windowStart } from './windows.ts';
import { type WindowSet, windowSet } from './window-set.ts';
import { windowStartSql } from './window-sql.ts';

/** The windows, and the grid that covers them. */
export type ChangedWindows = { readonly grid: WindowGrid; readonly windows: WindowSet };

/**
 * The windows in the contents of the files (design 5.7); undefined where they hold no row with an event time. A file's least
 * and greatest event time are contents too: where no window lies between those of the two, nothing has to be read.
 *
 * Rejects with `DataFileGoneError` where a removed file was vacuumed.
 */
export async function findChangedWindows(
  rollup: Rollup,
  source: Source,
  files: readonly LoggedFile[],
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
  if (unclear.length > 0) for (const start of await readWindows(source, unclear, grid)) starts.add(start);
  return { grid, windows: windowSet(starts, grid) };
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
