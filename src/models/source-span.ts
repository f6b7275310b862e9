import { columnOf } from '../columns/select.ts';
import type { LoggedFile } from '../lake/sql-file.ts';
import { toMillis } from '../rollup/event-times.ts';
import { quoteName } from '../sql/quote.ts';
import type { SqlEngine } from '../sql/sql-engine.ts';
import type { SourceRule } from './model-sources.ts';
import { boundsOf, type OpenSource, relationOf } from './open-source.ts';
import { timeOf } from './source-filter.ts';

/** From `from` to `to`, both included, in milliseconds. */
export type Span = { readonly from: number; readonly to: number };

/**
 * A stretch of time that holds every window which these files' rows mean by the source's rules, as they may have changed.
 * Undefined where no row has a time.
 *
 * @param horizon milliseconds; nothing that goes on goes on beyond it
 */
export async function spanOf(
  source: OpenSource,
  files: readonly LoggedFile[],
  horizon: number,
  sql: SqlEngine,
): Promise<Span | undefined> {
  const spans: Span[] = [];
  for (const rule of source.rules ?? []) {
    const times = await timesOf(source, files, timeOf(rule), sql);
    if (times === undefined) continue;
    const [before, after] = reachOf(rule);
    const to = rule.kind === 'overlap' ? Math.max(times.to, horizon) : times.to + after;
    spans.push({ from: times.from - before, to });
  }
  return joinSpans(spans);
}

export function joinSpans(spans: readonly Span[]): Span | undefined {
  if (spans.length === 0) return undefined;
  return spans.reduce((a, b) => ({ from: Math.min(a.from, b.from), to: Math.max(a.to, b.to) }));
}

/** How far from its time a row may change something. */
function reachOf(rule: SourceRule): readonly [before: number, after: number] {
  switch (rule.kind) {
    case 'eventTime':
      return [0, 0];
    case 'overlap':
      return [rule.margin, 0];
    case 'neighbours':
      return [rule.carry, rule.carry];
  }
}

async function timesOf(
  source: OpenSource,
  files: readonly LoggedFile[],
  column: string,
  sql: SqlEngine,
): Promise<Span | undefined> {
  const known = files.flatMap((file) => boundsOf(file, column) ?? []);
  const silent = files.filter((file) => boundsOf(file, column) === undefined);
  const spans = known.map(({ min, max }) => ({ from: min, to: max }));
  if (silent.length > 0) {
    const time = quoteName(column);
    const batch = await sql.query({
      sql: `SELECT min(${time}) AS "least", max(${time}) AS "greatest" FROM source`,
      tables: [relationOf(source, 'source', silent)],
    });
    const [least, greatest] = ['least', 'greatest'].map((name) => columnOf(batch, name));
    if (least?.validity?.[0] !== 0)
      spans.push({ from: toMillis(least?.values[0]), to: toMillis(greatest?.values[0]) });
  }
  return joinSpans(spans);
}
