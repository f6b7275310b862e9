import type { Tile } from '../../src/fleet/model.ts';
import { quoteName, quoteText } from '../../src/sql/quote.ts';
import type { TileSource } from './tile-source.ts';

/** Milliseconds, UTC; `to` is not included. */
export type TimeRange = { readonly from?: number | undefined; readonly to?: number | undefined };

export type TileFilter = { readonly column: string; readonly value: string };

export type TileQuestion = {
  readonly tile: Tile;
  readonly source: TileSource;
  readonly range: TimeRange;
  readonly filters: readonly TileFilter[];
};

/** A line of a trend has no more points than a wide screen has room for. */
const POINTS = 500;
export const MOST_GROUPS = 12;
const MOST_BARS = 40;
const MOST_ROWS = 100;
const MOST_POINTS = 1_000;
const MOST_STRETCHES = 2_000;
const BINS = 24;

/** Widths of time that people read easily. */
const WIDTHS = [
  1, 5, 10, 30, 60, 300, 600, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400, 172_800, 604_800, 1_209_600,
  2_592_000, 7_776_000, 31_536_000,
].map((seconds) => seconds * 1000);

/**
 * The query behind a tile. Columns by kind:
 * - number: a row each of `by` (or one): label, then the tile's columns
 * - trend: label, time (ms), then the tile's columns
 * - bars: label (a value of `by`, or a time in ms), then the tile's columns
 * - histogram: column, bin, low, high, count
 * - table: by, time, then the tile's columns
 * - map, oee: label, time (ms), then the tile's columns
 * - timeline: label, start (ms), end (ms or null), state
 *
 * @param span what the rows in question cover, milliseconds: trends and bars are bucketed by it
 */
export function tileSql(question: TileQuestion, span: number): string {
  const { tile, source } = question;
  const rows = `FROM ${quoteName(source.relation)}${whereOf(question)}`;
  const label = tile.by === undefined ? `''` : labelOf(tile.by);
  const names = tile.columns.map(quoteName);
  switch (tile.kind) {
    case 'number':
      return `SELECT ${label} AS label, ${aggregates(question)} ${rows} GROUP BY 1 ORDER BY 1 LIMIT ${MOST_GROUPS}`;
    case 'trend':
      return `${topGroups(question, rows)}
        SELECT ${label} AS label, ${bucketOf(source, span, POINTS)} AS at, ${aggregates(question)}
        ${rows}${inTopGroups(question)} GROUP BY 1, 2 ORDER BY 2, 1`;
    case 'bars':
      return tile.by === undefined
        ? `SELECT ${bucketOf(source, span, MOST_BARS)} AS label, ${aggregates(question)} ${rows} GROUP BY 1 ORDER BY 1`
        : `SELECT ${label} AS label, ${aggregates(question)} ${rows} GROUP BY 1 ORDER BY 2 DESC NULLS LAST, 1 LIMIT ${MOST_BARS}`;
    case 'histogram':
      return (
        tile.columns.map((column) => histogramOf(column, rows)).join('\nUNION ALL\n') + '\nORDER BY 1, 2'
      );
    case 'table':
      return newestRows(question, rows, `${timeOf(source)} AS at, ${names.join(', ')}`, MOST_ROWS);
    case 'map':
      return newestRows(
        question,
        `${rows}${rows.includes(' WHERE ') ? ' AND' : ' WHERE'} ${names[0]} IS NOT NULL AND ${names[1]} IS NOT NULL`,
        `${timeOf(source)} AS at, ${names.join(', ')}`,
        MOST_POINTS,
      );
    case 'oee':
      return newestRows(question, rows, `${timeOf(source)} AS at, ${names.join(', ')}`, MOST_GROUPS);
    case 'timeline': {
      const [start, end, ...states] = names;
      return `SELECT ${label} AS label, epoch_ms(${start}) AS start, epoch_ms(${end}) AS "end",
        concat_ws(' · ', ${states.join(', ')}) AS state ${rows} ORDER BY 2 DESC LIMIT ${MOST_STRETCHES}`;
    }
  }
}

function labelOf(column: string): string {
  return `coalesce(CAST(${quoteName(column)} AS VARCHAR), '(none)')`;
}

function timeOf({ timeColumn }: TileSource): string {
  return timeColumn === undefined ? 'NULL' : `epoch_ms(${quoteName(timeColumn)})`;
}

/** What lies in the range, and is of what was chosen; a filter on what the source does not have says nothing. */
function whereOf({ tile, source, range, filters }: TileQuestion): string {
  const { from, to } = range;
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
    if (!source.fields.some(({ name }) => name === column)) continue;
    columns.set(column, [...(columns.get(column) ?? []), quoteText(value)]);
  }
  for (const [column, values] of columns) {
    terms.push(`CAST(${quoteName(column)} AS VARCHAR) IN (${values.join(', ')})`);
  }
  return terms.length === 0 ? '' : ` WHERE ${terms.join(' AND ')}`;
}

function timestamp(ms: number): string {
  return `make_timestamptz(${Math.round(ms)}000::BIGINT)`;
}

function aggregates({ tile, source }: TileQuestion): string {
  return tile.columns
    .map((column) => `${aggregate(column, tile, source)} AS ${quoteName(column)}`)
    .join(', ');
}

/** What a column comes to over several rows, by what it means. */
function aggregate(column: string, tile: Tile, source: TileSource): string {
  const name = quoteName(column);
  switch (source.senses.get(column) ?? 'value') {
    case 'count':
    case 'sum':
      return `sum(${name})`;
    case 'min':
      return `min(${name})`;
    case 'max':
      return `max(${name})`;
    case 'first':
      return newest(name, source, 'arg_min');
    case 'last':
      return newest(name, source, 'arg_max');
    case 'avg': {
      if (source.countColumn === undefined) return `avg(${name})`;
      // windows weigh as much as they hold
      const count = `(CASE WHEN ${name} IS NOT NULL THEN ${quoteName(source.countColumn)} END)`;
      return `sum(${name} * ${count}) / sum(${count})`;
    }
    // of percentiles and deviations there is no exact whole: their mean, and exact where a group is one window
    case 'stddev':
    case 'p50':
    case 'p90':
    case 'p99':
      return `avg(${name})`;
    case 'value':
      return tile.kind === 'number' || !isNumeric(column, source)
        ? newest(name, source, 'arg_max')
        : `avg(${name})`;
  }
}

function newest(name: string, { timeColumn }: TileSource, by: 'arg_min' | 'arg_max'): string {
  return timeColumn === undefined ? `any_value(${name})` : `${by}(${name}, ${quoteName(timeColumn)})`;
}

function isNumeric(column: string, { fields }: TileSource): boolean {
  const type = fields.find(({ name }) => name === column)?.type;
  return typeof type === 'string' && /^(double|float|long|integer|short|byte|decimal)/.test(type);
}

/** The beginning of a bucket in ms: windows as they are where they are few enough, or gathered into wider ones. */
function bucketOf(source: TileSource, span: number, most: number): string {
  const time = timeOf(source);
  const { everyMs } = source;
  if (everyMs !== undefined && span / everyMs <= most) return time;
  const width = WIDTHS.find((each) => span / each <= most) ?? WIDTHS.at(-1)!;
  return `(${time} // ${width}) * ${width}`;
}

/** The groups with the most rows: more lines than these nobody can tell apart. */
function topGroups({ tile }: TileQuestion, rows: string): string {
  if (tile.by === undefined) return '';
  return `WITH top AS (SELECT ${labelOf(tile.by)} AS label ${rows} GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT ${MOST_GROUPS})`;
}

function inTopGroups(question: TileQuestion): string {
  const { by } = question.tile;
  if (by === undefined) return '';
  return `${whereOf(question) === '' ? ' WHERE' : ' AND'} ${labelOf(by)} IN (SELECT label FROM top)`;
}

function histogramOf(column: string, rows: string): string {
  const name = quoteName(column);
  return `(WITH v AS (SELECT CAST(${name} AS DOUBLE) AS x ${rows}), b AS (
    SELECT min(x) AS low, greatest((max(x) - min(x)) / ${BINS}, 1e-9) AS width FROM v WHERE isfinite(x))
    SELECT ${quoteText(column)} AS "column", least(CAST(floor((x - low) / width) AS INTEGER), ${BINS - 1}) AS bin,
      low + bin * width AS low, low + (bin + 1) * width AS high, count(*) AS count
    FROM v, b WHERE isfinite(x) GROUP BY ALL)`;
}

/** The newest row each of `by`, or the newest rows. */
function newestRows({ tile, source }: TileQuestion, rows: string, columns: string, limit: number): string {
  const order = source.timeColumn === undefined ? '' : `ORDER BY ${quoteName(source.timeColumn)} DESC`;
  if (tile.by === undefined) return `SELECT '' AS label, ${columns} ${rows} ${order} LIMIT ${limit}`;
  const label = labelOf(tile.by);
  return `SELECT ${label} AS label, ${columns} ${rows}
    QUALIFY row_number() OVER (PARTITION BY ${quoteName(tile.by)} ${order}) = 1 ORDER BY 1 LIMIT ${limit}`;
}
