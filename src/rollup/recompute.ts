import type { ColumnBatch } from '../columns/column.ts';
import type { AddFile } from '../delta/actions.ts';
import { parseStats } from '../delta/stats.ts';
import { TributaryError } from '../errors.ts';
import { rollupSchema } from '../fleet/index.ts';
import type { Rollup } from '../fleet/model.ts';
import { knownTimes } from './event-times.ts';
import { readColumns, recomputeSql } from './recompute-sql.ts';
import { querySource, type Source, SOURCE } from './source-query.ts';
import { stepsOf, type TimedRows } from './steps.ts';
import { meetsRanges, type WindowSet } from './window-set.ts';
import type { WindowGrid } from './windows.ts';

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
  for (const step of stepsOf(windows, grid, timedRows(source, files))) {
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

/** The live files that may hold rows of the windows. */
export function filesOf(
  source: Source,
  { ranges }: WindowSet,
  files: readonly AddFile[] = source.snapshot.files,
): AddFile[] {
  return files.filter((file) => {
    const times = knownTimes(source, file);
    return times === undefined || meetsRanges(ranges, times.min, times.max);
  });
}

function timedRows(source: Source, files: readonly AddFile[]): TimedRows[] {
  return files.flatMap((file) => {
    const times = knownTimes(source, file);
    return times === undefined ? [] : [{ from: times.min, rows: parseStats(file).numRecords ?? 0 }];
  });
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
