import { ORIGIN, PARTITION_COLUMN } from '../columns/reserved.ts';
import type { StructType } from '../columns/types.ts';
import { latestSql, ROLLUP, rollupSchema } from '../fleet/index.ts';
import type { Rollup, Table } from '../fleet/model.ts';
import { duckDbTypeOf } from '../sql/duckdb-types.ts';
import { quoteName } from '../sql/quote.ts';

import { measureSql } from './measure-sql.ts';
import { coverRanges, type WindowSet } from './window-set.ts';
import { micros, timestampSql, windowEndSql, windowStartSql } from './window-sql.ts';
import type { WindowGrid } from './windows.ts';

/** Start of a row's window, as microseconds. Fleets' own names do not begin with `_`. */
const WINDOW = '_window';
/** Ranges that a scan is narrowed to: each is a condition that every row is held against. */
export const MAX_RANGES = 16;

export type Recompute = {
  readonly rollup: Rollup;
  readonly source: Table;
  /** the source's columns as they are in the lake */
  readonly schema: StructType;
  readonly grid: WindowGrid;
  readonly windows: WindowSet;
  /** milliseconds; windows that end at or before it are final */
  readonly watermark: number;
};

/**
 * The gold rows of the windows, from the source's table `name`: of rows with one identity the later arrival counts; rows without
 * event time lie in no window. Columns and types are those of `rollupSchema`; rows stand by window. `as_of` is the
 * greatest arrival among the readings that the row was made from.
 */
export function recomputeSql(
  name: string,
  { rollup, source, schema, grid, windows, watermark }: Recompute,
): string {
  const eventTime = quoteName(source.eventTime);
  const columns = readColumns(rollup, source);
  const start = windowStartSql(grid, `epoch_us(${eventTime})`);
  const readings =
    `SELECT ${columns.map(quoteName).join(', ')}, ${start} AS ${quoteName(WINDOW)} FROM ${quoteName(name)} ` +
    `WHERE ${windowCondition(eventTime, start, windows)}`;
  const measures = Object.entries(rollup.measures).map(([as, measure]) => {
    const column = 'column' in measure ? measure.column : undefined;
    const type = schema.fields.find((field) => field.name === column)?.type ?? 'long';
    return { as, ...measureSql(measure, type, source.eventTime) };
  });
  const keys = [WINDOW, ...rollup.by].map(quoteName).join(', ');
  const collected = measures.map(({ as, collect }) => `${collect} AS ${quoteName(as)}`);
  const groups = `SELECT ${[keys, ...collected, `max(${quoteName(ORIGIN.arrivedAt)}) AS ${quoteName(ROLLUP.asOf)}`].join(', ')} FROM latest GROUP BY ${keys}`;

  const end = windowEndSql(grid, quoteName(WINDOW));
  const finished: Readonly<Record<string, string>> = {
    [ROLLUP.start]: `make_timestamptz(${quoteName(WINDOW)})`,
    [ROLLUP.end]: `make_timestamptz(${end})`,
    [ROLLUP.final]: `${end} <= ${micros(watermark)}`,
    // the session is in UTC
    [PARTITION_COLUMN.day]: `make_timestamptz(${quoteName(WINDOW)})`,
    [PARTITION_COLUMN.month]: `date_trunc('month', make_timestamptz(${quoteName(WINDOW)}))`,
    ...Object.fromEntries(measures.map(({ as, finish }) => [as, finish(quoteName(as))])),
  };
  const gold = rollupSchema(rollup, source).fields.map(
    ({ name: column, type }) =>
      `TRY_CAST(${finished[column] ?? quoteName(column)} AS ${duckDbTypeOf(type)}) AS ${quoteName(column)}`,
  );
  return (
    `WITH readings AS (${readings}), ` +
    `latest AS (${latestSql([...columns, WINDOW], 'readings', source.identity)}), ` +
    `grouped AS (${groups}) SELECT ${gold.join(', ')} FROM grouped ORDER BY ${keys}`
  );
}

/** The source's columns that a rollup needs, each once: nothing else is read from its files. */
export function readColumns(rollup: Rollup, source: Table): string[] {
  const measured = Object.values(rollup.measures).flatMap((measure) =>
    'column' in measure ? [measure.column] : [],
  );
  const { topic: _, ...arrival } = ORIGIN;
  return Array.from(
    new Set([source.eventTime, ...rollup.by, ...measured, ...source.identity, ...Object.values(arrival)]),
  );
}

/** Plain ranges first: by them row groups are skipped. */
function windowCondition(eventTime: string, start: string, windows: WindowSet): string {
  const ranges = coverRanges(windows.ranges, MAX_RANGES).map(
    ({ from, to }) => `(${eventTime} >= ${timestampSql(from)} AND ${eventTime} < ${timestampSql(to)})`,
  );
  const near = `(${ranges.join(' OR ')})`;
  return windows.ranges.length <= MAX_RANGES
    ? near
    : `${near} AND ${start} IN (${windows.starts.map(micros).join(', ')})`;
}
