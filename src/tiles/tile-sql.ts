import type { PrimitiveType } from '../columns/types.ts';
import type { Tile } from '../fleet/model.ts';
import { quoteName, quoteText } from '../sql/quote.ts';
import { columnType, isNumeric, type TileSource } from './tile-source.ts';

/** How a reader of tiles wants times and values, and how wide it gathers time. All of it is SQL. */
export type TileWords = {
  /** the time at which a row is drawn */
  readonly time: (column: string) => string;
  /** what is shown of a column of this type */
  readonly value: (expression: string, type: PrimitiveType) => string;
  /**
   * The beginning of the stretch of time, as `time` has it, that a row is counted for.
   *
   * @param most how many stretches there may be
   */
  readonly bucket: (column: string, everyMs: number | undefined, most: number) => string;
};

export type TileQuestion = {
  readonly tile: Tile;
  readonly source: TileSource;
  /** what stands behind FROM: rows with the source's columns, as far as the tile needs them */
  readonly rows: string;
  /** conditions that rows meet */
  readonly terms: readonly string[];
  readonly words: TileWords;
};

/** A line of a trend has no more points than a wide screen has room for. */
export const MOST_POINTS = 500;
export const MOST_GROUPS = 12;
export const MOST_BARS = 40;
const MOST_ROWS = 100;
const MOST_PLACES = 1_000;
const MOST_STRETCHES = 2_000;
const BINS = 24;

/**
 * The query behind a tile, in words that DuckDB, Trino and Athena share. Columns by kind:
 * - number: a row each of `by` (or one): label, then the tile's columns
 * - trend: label, time, then the tile's columns
 * - bars: label (a value of `by`, or a time), then the tile's columns
 * - histogram: column, bin, low, high, count
 * - table: by, time, then the tile's columns
 * - map, oee: label, time, then the tile's columns
 * - timeline: label, start, end (or null), state
 */
export function tileSql(question: TileQuestion): string {
  const { tile, words } = question;
  const rows = rowsOf(question);
  const label = tile.by === undefined ? `''` : labelOf(tile.by);
  switch (tile.kind) {
    case 'number':
      return `SELECT ${label} AS label, ${aggregates(question)} ${rows} GROUP BY 1 ORDER BY 1 LIMIT ${MOST_GROUPS}`;
    case 'trend':
      return `${topGroups(question)}SELECT ${label} AS label, ${bucketOf(question, MOST_POINTS)} AS "at", ${aggregates(question)}
        ${rowsOf(question, ...inTopGroups(tile))} GROUP BY 1, 2 ORDER BY 2, 1`;
    case 'bars':
      return tile.by === undefined
        ? `SELECT ${bucketOf(question, MOST_BARS)} AS label, ${aggregates(question)} ${rows} GROUP BY 1 ORDER BY 1`
        : `SELECT ${label} AS label, ${aggregates(question)} ${rows} GROUP BY 1 ORDER BY 2 DESC NULLS LAST, 1 LIMIT ${MOST_BARS}`;
    case 'histogram':
      return `${tile.columns.map((column) => histogramOf(column, rows)).join('\nUNION ALL\n')}\nORDER BY 1, 2`;
    case 'table':
      return newestRows(question, MOST_ROWS);
    case 'map': {
      const place = tile.columns.slice(0, 2).map((name) => `${quoteName(name)} IS NOT NULL`);
      return newestRows({ ...question, terms: [...question.terms, ...place] }, MOST_PLACES);
    }
    case 'oee':
      return newestRows(question, MOST_GROUPS);
    case 'timeline': {
      const [start, end, ...states] = tile.columns.map(quoteName);
      const texts = states.map((name) => `CAST(${name} AS VARCHAR)`);
      const state = texts.length === 1 ? texts[0]! : `concat_ws(' · ', ${texts.join(', ')})`;
      return `SELECT ${label} AS label, ${words.time(start!)} AS "start", ${words.time(end!)} AS "end", ${state} AS state
        ${rows} ORDER BY 2 DESC LIMIT ${MOST_STRETCHES}`;
    }
  }
}

/** The rows that a tile sums up, for a reader that does so itself: label, time, then the tile's columns. */
export function tileRowsSql(question: TileQuestion): string {
  const { tile, source, words } = question;
  const cells = [
    `${tile.by === undefined ? `''` : labelOf(tile.by)} AS label`,
    `${source.timeColumn === undefined ? 'NULL' : words.time(quoteName(source.timeColumn))} AS "at"`,
    ...tile.columns.map(
      (name) => `${words.value(quoteName(name), columnType(source, name))} AS ${quoteName(name)}`,
    ),
  ];
  return `SELECT ${cells.join(', ')} ${rowsOf(question)}`;
}

/** A group's name: a text, whatever the column's type, and something where the column has nothing. */
function labelOf(column: string): string {
  return `coalesce(CAST(${quoteName(column)} AS VARCHAR), '(none)')`;
}

function rowsOf({ rows, terms }: TileQuestion, ...more: readonly string[]): string {
  const all = [...terms, ...more];
  return `FROM ${rows}${all.length === 0 ? '' : ` WHERE ${all.join(' AND ')}`}`;
}

function aggregates({ tile, source, words }: TileQuestion): string {
  return tile.columns
    .map((column) => {
      const type = columnType(source, column);
      return `${words.value(aggregate(column, tile, source), type)} AS ${quoteName(column)}`;
    })
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
      return newest(name, source, 'min_by');
    case 'last':
      return newest(name, source, 'max_by');
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
      return tile.kind === 'number' || !isNumeric(columnType(source, column))
        ? newest(name, source, 'max_by')
        : `avg(${name})`;
  }
}

function newest(name: string, { timeColumn }: TileSource, by: 'min_by' | 'max_by'): string {
  return timeColumn === undefined ? `max(${name})` : `${by}(${name}, ${quoteName(timeColumn)})`;
}

function bucketOf({ source, words }: TileQuestion, most: number): string {
  const { timeColumn, everyMs } = source;
  return timeColumn === undefined ? 'NULL' : words.bucket(quoteName(timeColumn), everyMs, most);
}

/** The groups with the most rows: more lines than these nobody can tell apart. */
function topGroups(question: TileQuestion): string {
  const { by } = question.tile;
  if (by === undefined) return '';
  return `WITH top AS (SELECT ${labelOf(by)} AS label ${rowsOf(question)} GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT ${MOST_GROUPS})
        `;
}

function inTopGroups({ by }: Tile): string[] {
  return by === undefined ? [] : [`${labelOf(by)} IN (SELECT label FROM top)`];
}

function histogramOf(column: string, rows: string): string {
  return `SELECT * FROM (WITH v AS (SELECT CAST(${quoteName(column)} AS DOUBLE) AS x ${rows}),
    finite AS (SELECT x FROM v WHERE x > -infinity() AND x < infinity()),
    grid AS (SELECT min(x) AS origin, greatest((max(x) - min(x)) / ${BINS}, 1e-9) AS width FROM finite),
    placed AS (SELECT least(CAST(floor((x - origin) / width) AS INTEGER), ${BINS - 1}) AS place, origin, width FROM finite CROSS JOIN grid)
    SELECT ${quoteText(column)} AS "column", place AS bin, origin + place * width AS low,
      origin + (place + 1) * width AS high, count(*) AS "count"
    FROM placed GROUP BY place, origin, width) AS bins`;
}

/** The newest row each of `by`, or the newest rows. The rank stands in a query of its own: not every engine has QUALIFY. */
function newestRows(question: TileQuestion, limit: number): string {
  const { tile, source, words } = question;
  const { timeColumn } = source;
  const order = timeColumn === undefined ? '' : `ORDER BY ${quoteName(timeColumn)} DESC`;
  const at = timeColumn === undefined ? 'NULL' : words.time(quoteName(timeColumn));
  const values = tile.columns.map((name) => words.value(quoteName(name), columnType(source, name)));
  const names = ['label', '"at"', ...tile.columns.map(quoteName)];
  if (tile.by === undefined) {
    const cells = [`''`, at, ...values].map((each, i) => `${each} AS ${names[i]!}`);
    return `SELECT ${cells.join(', ')} ${rowsOf(question)} ${order} LIMIT ${limit}`;
  }
  const cells = [labelOf(tile.by), at, ...values].map((each, i) => `${each} AS c${i}`);
  const rank = `row_number() OVER (PARTITION BY ${quoteName(tile.by)} ${order})`;
  return `SELECT ${names.map((name, i) => `c${i} AS ${name}`).join(', ')}
    FROM (SELECT ${cells.join(', ')}, ${rank} AS place ${rowsOf(question)}) AS ranked WHERE place = 1 ORDER BY 1 LIMIT ${limit}`;
}
