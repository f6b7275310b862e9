import type { ColumnBatch } from '../columns/column.ts';
import type { AddFile } from '../delta/actions.ts';
import { parseStats } from '../delta/stats.ts';
import { TributaryError } from '../errors.ts';
import { rollupSchema } from '../fleet/index.ts';
import type { Rollup } from '../fleet/model.ts';
import { knownTimes } from './event-times.ts';
import { readColumns, recomputeSql } from './recompute-sql.ts';
import { querySource, type Source, SOURCE } from './source-query.ts';
import { meetsRanges, splitWindows, type WindowSet } from './window-set.ts';
import { type WindowGrid, windowStart } from './windows.ts';

/** Source rows that one query is meant to see: what a full recompute holds in memory does not grow with the table. */
const ROWS_PER_STEP = 2_000_000;

export type Windows = { readonly grid: WindowGrid; readonly windows: WindowSet };

/**
 * The gold rows of the windows, as `rollupSchema` has them, in batches by window. Reads the source's files that may hold rows of
 * the windows, and of those the columns that the rollup needs.
 *
 * @param watermark milliseconds; windows that end at or before it are final
 */
export async function* recompute(
  rollup: Rollup,
  source: Source,
  { grid, windows }: Windows,
  watermark: number,
): AsyncGenerator<ColumnBatch> {
  const columns = readColumns(rollup, source.table);
  const files = filesOf(source, windows);
  for (const step of splitWindows(windows, cutsBetween(source, files, grid, windows))) {
    const sql = recomputeSql(SOURCE, {
      rollup,
      source: source.table,
      schema: source.schema,
      grid,
      windows: step,
      watermark,
    });
    const batch = await querySource(source, { sql, files: filesOf(source, step, files), columns });
    if (batch.length > 0) yield asGold(batch, rollup, source);
  }
}

function filesOf(
  source: Source,
  { ranges }: WindowSet,
  files: readonly AddFile[] = source.snapshot.files,
): AddFile[] {
  return files.filter((file) => {
    const times = knownTimes(source, file);
    return times === undefined || meetsRanges(ranges, times.min, times.max);
  });
}

/** Starts of windows at which the work is cut, so that each part sees about `ROWS_PER_STEP` rows of time-ordered files. */
function cutsBetween(
  source: Source,
  files: readonly AddFile[],
  grid: WindowGrid,
  { ranges }: WindowSet,
): number[] {
  const timed = files.flatMap((file) => {
    const times = knownTimes(source, file);
    return times === undefined ? [] : [{ from: times.min, rows: parseStats(file).numRecords ?? 0 }];
  });
  const first = ranges[0]?.from ?? 0;
  const last = ranges.at(-1)?.to ?? 0;
  const cuts: number[] = [];
  let rows = 0;
  for (const file of timed.sort((a, b) => a.from - b.from)) {
    if (rows >= ROWS_PER_STEP && file.from >= first && file.from < last) {
      const cut = windowStart(grid, file.from);
      if (cut > (cuts.at(-1) ?? first)) {
        cuts.push(cut);
        rows = 0;
      }
    }
    rows += file.rows;
  }
  return cuts;
}

/** The engine's types are those that the SQL casts to; the field's own schema is the definition's. */
function asGold(batch: ColumnBatch, rollup: Rollup, source: Source): ColumnBatch {
  const schema = rollupSchema(rollup, source.table);
  schema.fields.forEach(({ name, type }, i) => {
    const got = batch.schema.fields[i];
    if (got?.name !== name || JSON.stringify(got.type) !== JSON.stringify(type)) {
      throw new TributaryError(
        `rollup ${rollup.fleet}/${rollup.name}: column ${name} came as ${JSON.stringify(got)}`,
      );
    }
  });
  return { ...batch, schema };
}
