import { columnOf } from '../columns/select.ts';
import { PAYLOAD } from '../columns/reserved.ts';
import type { Model } from '../fleet/model.ts';
import type { LoggedFile } from '../lake/sql-file.ts';
import { toMillis } from '../rollup/event-times.ts';
import { type WindowSet, windowSet } from '../rollup/window-set.ts';
import { windowEnd, windowStart } from '../rollup/windows.ts';
import { micros, timestampSql } from '../rollup/window-sql.ts';
import { quoteName } from '../sql/quote.ts';
import type { SqlEngine, SqlTable } from '../sql/sql-engine.ts';
import { modelGrid, type NamedRun } from './model-grid.ts';
import { windowsView } from './model-relations.ts';
import type { SourceRule } from './model-sources.ts';
import { boundsOf, type OpenSource, relationOf } from './open-source.ts';
import { joinSpans, type Span, spanOf } from './source-span.ts';

/** A source whose rows came and went. */
export type ChangedSource = {
  readonly source: OpenSource & { readonly rules: readonly SourceRule[] };
  readonly added: readonly LoggedFile[];
  readonly removed: readonly LoggedFile[];
};

type SpannedSource = ChangedSource & { readonly span: Span };

/** Before and after the run, and how far ahead of it rows may lie; in milliseconds. */
export type AsOf = {
  readonly before: number | undefined;
  readonly now: number | undefined;
  readonly ahead: number;
};

/** Windows that are to be made anew, and a grid that covers them. */
export type DirtyWindows = { readonly grid: readonly NamedRun[]; readonly windows: WindowSet };

/**
 * The windows that the changed rows mean by the model's rules, and those that time passed in: from the old `as_of` to the
 * new one. Rows that stand in a removed file and in an added one did not change. Undefined where there are none.
 *
 * Rejects with `DataFileGoneError` where a removed file was vacuumed.
 */
export async function findDirtyWindows(
  model: Model,
  changes: readonly ChangedSource[],
  asOf: AsOf,
  sql: SqlEngine,
): Promise<DirtyWindows | undefined> {
  const horizon = Math.max(asOf.before ?? -Infinity, asOf.now ?? -Infinity) + asOf.ahead;
  const passed = passedTime(model, asOf);
  const spanned: SpannedSource[] = [];
  for (const change of changes) {
    const span = await spanOf(change.source, [...change.added, ...change.removed], horizon, sql);
    if (span !== undefined) spanned.push({ ...change, span });
  }
  const span = joinSpans([...(passed === undefined ? [] : [passed]), ...spanned.map((each) => each.span)]);
  if (span === undefined) return undefined;
  const grid = modelGrid(model, span.from, span.to);
  const starts = new Set(passed === undefined ? [] : windowsIn(grid, passed));
  for (const start of await askChanged(grid, spanned, horizon, sql)) starts.add(start);
  return { grid, windows: windowSet(starts, grid) };
}

/** From the old `as_of` to the new one, and as far before as windows look beyond their ends. */
function passedTime({ changes }: Model, { before, now }: AsOf): Span | undefined {
  const [from, to] = [before ?? now, now ?? before];
  if (from === undefined || to === undefined) return undefined;
  const margins = Object.values(changes).map((rule) => (rule.kind === 'overlap' ? rule.margin : 0));
  return { from: Math.min(from, to) - Math.max(0, ...margins), to: Math.max(from, to) };
}

function* windowsIn(grid: readonly NamedRun[], { from, to }: Span): Iterable<number> {
  for (let at = windowStart(grid, from); at <= to; at = windowEnd(grid, at)) yield at;
}

async function askChanged(
  grid: readonly NamedRun[],
  changes: readonly SpannedSource[],
  horizon: number,
  sql: SqlEngine,
): Promise<number[]> {
  const tables: SqlTable[] = [];
  const parts: string[] = [];
  for (const [i, change] of changes.entries()) {
    const { source, added, removed, span } = change;
    const names = { added: `added_${i}`, removed: `removed_${i}`, rows: `rows_${i}` };
    tables.push(
      relationOf(source, names.added, added),
      relationOf(source, names.removed, removed),
      relationOf(source, names.rows, neighbouringFiles(source, span)),
    );
    for (const rule of source.rules)
      parts.push(windowsOf(rule, changedRows(change, names, rule), names.rows, horizon));
  }
  if (parts.length === 0) return [];
  const { sql: windows } = windowsView(grid, undefined);
  const batch = await sql.query({
    sql:
      `WITH w AS (SELECT window_start, epoch_us(window_start) AS a, epoch_us(window_end) AS b FROM (${windows}) AS grid) ` +
      `SELECT DISTINCT window_start AS "start" FROM (${parts.join(' UNION ALL ')}) AS found`,
    tables,
  });
  return Array.from(columnOf(batch, 'start').values, toMillis);
}

/** The live files that may hold neighbours of changed rows: of their span, which reaches as far as rows do. */
function neighbouringFiles({ rules, snapshot }: ChangedSource['source'], { from, to }: Span) {
  const times = rules.flatMap((rule) => (rule.kind === 'neighbours' ? [rule.time] : []));
  return (snapshot?.files ?? []).filter((file) =>
    times.some((time) => {
      const bounds = boundsOf(file, time);
      return bounds === undefined || (bounds.min <= to && bounds.max >= from);
    }),
  );
}

type Names = { readonly added: string; readonly removed: string };

/** SELECT of the rule's columns of the rows that came or went. */
function changedRows({ source, added, removed }: ChangedSource, names: Names, rule: SourceRule): string {
  const columns = columnsOf(rule).map(quoteName).join(', ');
  if (removed.length === 0) return `SELECT DISTINCT ${columns} FROM ${names.added}`;
  if (added.length === 0) return `SELECT DISTINCT ${columns} FROM ${names.removed}`;
  const all = source.table.schema.fields
    .filter(({ name }) => name !== PAYLOAD)
    .map(({ name }) => quoteName(name))
    .join(', ');
  const less = (a: string, b: string) => `(SELECT ${all} FROM ${a} EXCEPT ALL SELECT ${all} FROM ${b})`;
  return `SELECT DISTINCT ${columns} FROM (${less(names.added, names.removed)} UNION ALL ${less(names.removed, names.added)}) AS changed`;
}

function columnsOf(rule: SourceRule): readonly string[] {
  switch (rule.kind) {
    case 'eventTime':
      return [rule.time];
    case 'overlap':
      return [rule.from, rule.to];
    case 'neighbours':
      return [...rule.key, rule.time];
  }
}

/** SELECT of the starts of the windows that the changed rows mean. `w` has the windows with both ends in microseconds. */
function windowsOf(rule: SourceRule, changed: string, rows: string, horizon: number): string {
  switch (rule.kind) {
    case 'eventTime':
      return windowsAt(`SELECT epoch_us(${quoteName(rule.time)}) AS t FROM (${changed}) AS c`);
    case 'overlap': {
      const margin = micros(rule.margin);
      return (
        `SELECT w.window_start FROM w JOIN (SELECT epoch_us(${quoteName(rule.from)}) AS f, epoch_us(${quoteName(rule.to)}) AS t ` +
        `FROM (${changed}) AS c) AS c ON c.f < w.b + ${margin} AND coalesce(c.t, ${MAX_TIME}) > w.a - ${margin}` +
        (Number.isFinite(horizon) ? ` WHERE w.window_start <= ${timestampSql(horizon)}` : '')
      );
    }
    case 'neighbours':
      return windowsAt(neighbourTimes(rule, changed, rows));
  }
}

const MAX_TIME = '9223372036854775807';

function windowsAt(times: string): string {
  return `SELECT w.window_start FROM w JOIN (SELECT DISTINCT t FROM (${times}) AS times) AS c ON c.t >= w.a AND c.t < w.b`;
}

/** The times of the changed rows, and of the rows before and after them as far as these are within `carry`. */
function neighbourTimes(
  { key, time, carry }: SourceRule & { readonly kind: 'neighbours' },
  changed: string,
  rows: string,
): string {
  const keys = key.map(quoteName).join(', ');
  const at = quoteName(time);
  const steps =
    `SELECT t, changed, lag(t) OVER each AS before, lead(t) OVER each AS after FROM (` +
    `SELECT ${keys}, epoch_us(${at}) AS t, max(c) AS changed FROM (` +
    `SELECT ${keys}, ${at}, 0 AS c FROM ${rows} UNION ALL SELECT ${keys}, ${at}, 1 AS c FROM (${changed}) AS c` +
    `) AS marked WHERE ${at} IS NOT NULL GROUP BY ALL) AS events WINDOW each AS (PARTITION BY ${keys} ORDER BY t)`;
  return (
    `WITH steps AS (${steps}) SELECT t FROM steps WHERE changed = 1 ` +
    `UNION ALL SELECT before FROM steps WHERE changed = 1 AND t - before <= ${micros(carry)} ` +
    `UNION ALL SELECT after FROM steps WHERE changed = 1 AND after - t <= ${micros(carry)}`
  );
}
