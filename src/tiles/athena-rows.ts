import type { PrimitiveType } from '../columns/types.ts';
import { parseDecimalType } from '../columns/types.ts';
import { latestSql } from '../fleet/index.ts';
import type { Tile } from '../fleet/model.ts';
import { quoteName } from '../sql/quote.ts';
import type { TileSource } from './tile-source.ts';
import type { TileWords } from './tile-sql.ts';

/** SQL of two points in time, timestamps both; `to` is not included. */
export type SqlRange = { readonly from?: string; readonly to?: string };

/** What dashboards in the cloud take: times of UTC without a zone, in milliseconds, and no decimals, which they take for text. */
export function athenaWords(bucket: TileWords['bucket']): TileWords {
  return { time: utcTime, value: plainValue, bucket };
}

/** Of a timestamp. */
export function utcTime(expression: string): string {
  return `CAST(${expression} AT TIME ZONE 'UTC' AS timestamp(3))`;
}

function plainValue(expression: string, type: PrimitiveType): string {
  if (type === 'timestamp') return utcTime(expression);
  return parseDecimalType(type) === undefined ? expression : `CAST(${expression} AS DOUBLE)`;
}

/**
 * The rows that a tile asks for, and what they have to meet. Of a raw table these are the current ones, ranked within the range
 * alone: one identity has one event time, and files outside the range are not read.
 */
export function athenaRows(
  tile: Tile,
  source: TileSource,
  range: SqlRange,
): { readonly rows: string; readonly terms: readonly string[] } {
  const { name, table, timeColumn } = source;
  if (tile.kind === 'timeline') {
    const [start, end] = tile.columns.map(quoteName);
    return {
      rows: table === undefined ? quoteName(name) : currentRows(tile, source, quoteName(name)),
      terms: [
        ...(range.from === undefined ? [] : [`(${end} IS NULL OR ${end} > ${range.from})`]),
        ...(range.to === undefined ? [] : [`${start} < ${range.to}`]),
      ],
    };
  }
  const terms = timeColumn === undefined ? [] : rangeTerms(quoteName(timeColumn), range);
  if (table === undefined) return { rows: quoteName(name), terms };
  const where = terms.length === 0 ? '' : ` WHERE ${terms.join(' AND ')}`;
  return {
    rows: currentRows(tile, source, `(SELECT * FROM ${quoteName(name)}${where}) AS arrived`),
    terms: [],
  };
}

function rangeTerms(column: string, { from, to }: SqlRange): string[] {
  return [
    ...(from === undefined ? [] : [`${column} >= ${from}`]),
    ...(to === undefined ? [] : [`${column} < ${to}`]),
  ];
}

/** With the columns that the tile needs, and no more. */
function currentRows(tile: Tile, { table, timeColumn }: TileSource, rows: string): string {
  const columns = new Set([...tile.columns, ...[tile.by, timeColumn].filter((each) => each !== undefined)]);
  return `(${latestSql(Array.from(columns), rows, table!.identity)}) AS current_rows`;
}
