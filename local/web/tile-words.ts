import type { Tile } from '../../src/fleet/model.ts';
import { quoteName, quoteText } from '../../src/sql/quote.ts';
import type { TileSource } from '../../src/tiles/tile-source.ts';
import type { TileWords } from '../../src/tiles/tile-sql.ts';

/** Milliseconds, UTC; `to` is not included. */
export type TimeRange = { readonly from?: number | undefined; readonly to?: number | undefined };

export type TileFilter = { readonly column: string; readonly value: string };

/** Widths of time that people read easily. */
const WIDTHS = [
  1, 5, 10, 30, 60, 300, 600, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400, 172_800, 604_800, 1_209_600,
  2_592_000, 7_776_000, 31_536_000,
].map((seconds) => seconds * 1000);

/**
 * The page takes times in milliseconds.
 *
 * @param span what the rows in question cover, milliseconds: windows stay as they are where they are few enough, or are gathered
 *   into wider ones
 */
export function pageWords(span: number): TileWords {
  const time = (column: string) => `epoch_ms(${column})`;
  return {
    time,
    value: (expression) => expression,
    bucket(column, everyMs, most) {
      if (everyMs !== undefined && span / everyMs <= most) return time(column);
      const width = WIDTHS.find((each) => span / each <= most) ?? WIDTHS.at(-1)!;
      return `(${time(column)} // ${width}) * ${width}`;
    },
  };
}

/** What lies in the range, and is of what was chosen; a filter on what the source does not have says nothing. */
export function tileTerms(
  tile: Tile,
  source: TileSource,
  { from, to }: TimeRange,
  filters: readonly TileFilter[],
): readonly string[] {
  const terms: string[] = [];
  if (tile.kind === 'timeline') {
    const [start, end] = tile.columns.map(quoteName);
    if (from !== undefined) terms.push(`(${end} IS NULL OR ${end} > ${timestamp(from)})`);
    if (to !== undefined) terms.push(`${start} < ${timestamp(to)}`);
  } else if (source.timeColumn !== undefined) {
    const time = quoteName(source.timeColumn);
    if (from !== undefined) terms.push(`${time} >= ${timestamp(from)}`);
    if (to !== undefined) terms.push(`${time} < ${timestamp(to)}`);
  }
  const columns = new Map<string, string[]>();
  for (const { column, value } of filters) {
    if (!source.schema.fields.some(({ name }) => name === column)) continue;
    columns.set(column, [...(columns.get(column) ?? []), quoteText(value)]);
  }
  for (const [column, values] of columns) {
    terms.push(`CAST(${quoteName(column)} AS VARCHAR) IN (${values.join(', ')})`);
  }
  return terms;
}

function timestamp(ms: number): string {
  return `make_timestamptz(${Math.round(ms)}000::BIGINT)`;
}
