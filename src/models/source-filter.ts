import type { AddFile } from '../delta/actions.ts';
import { parseStats } from '../delta/stats.ts';
import type { TimedRows } from '../rollup/steps.ts';
import { coverRanges, type TimeRange } from '../rollup/window-set.ts';
import { timestampSql } from '../rollup/window-sql.ts';
import { quoteName } from '../sql/quote.ts';
import type { SourceRule } from './model-sources.ts';
import { boundsOf, type OpenSource } from './open-source.ts';

/** Ranges that a scan is narrowed to: each is a condition that every row is held against. */
const MAX_RANGES = 16;

/** The column by which a rule's rows lie in time. */
export function timeOf(rule: SourceRule): string {
  return rule.kind === 'overlap' ? rule.from : rule.time;
}

/** Which rows windows may read: a model that needs others contradicts itself, and shall do so always, not by how files lie. */
export function rowFilter(rules: readonly SourceRule[], windows: readonly TimeRange[]): string {
  const ranges = coverRanges(windows, MAX_RANGES);
  const each = rules.flatMap((rule) => ranges.map((range) => `(${conditionOf(rule, range)})`));
  return each.length === 0 ? 'false' : each.join(' OR ');
}

function conditionOf(rule: SourceRule, { from, to }: TimeRange): string {
  const time = quoteName(timeOf(rule));
  switch (rule.kind) {
    case 'eventTime':
      return `${time} >= ${timestampSql(from)} AND ${time} < ${timestampSql(to)}`;
    case 'overlap': {
      const end = quoteName(rule.to);
      return `${time} < ${timestampSql(to + rule.margin)} AND (${end} IS NULL OR ${end} > ${timestampSql(from - rule.margin)})`;
    }
    case 'neighbours':
      return `${time} >= ${timestampSql(from - rule.carry)} AND ${time} <= ${timestampSql(to + rule.carry)}`;
  }
}

/** The live files that may hold such rows, by their statistics. */
export function filesFor({ rules, snapshot }: OpenSource, windows: readonly TimeRange[]): readonly AddFile[] {
  const files = snapshot?.files ?? [];
  const ranges = coverRanges(windows, MAX_RANGES);
  return rules === undefined
    ? files
    : files.filter((file) => rules.some((rule) => ranges.some((range) => mayHold(file, rule, range))));
}

function mayHold(file: AddFile, rule: SourceRule, { from, to }: TimeRange): boolean {
  const times = boundsOf(file, timeOf(rule));
  if (times === undefined) return true;
  switch (rule.kind) {
    case 'eventTime':
      return times.min < to && times.max >= from;
    case 'overlap': {
      if (times.min >= to + rule.margin) return false;
      const ends = boundsOf(file, rule.to);
      const open = (parseStats(file).nullCount?.[rule.to] ?? 1) !== 0;
      return open || ends === undefined || ends.max >= from - rule.margin;
    }
    case 'neighbours':
      return times.min <= to + rule.carry && times.max >= from - rule.carry;
  }
}

/** The files' rows with the least time in each, for cutting work into steps. */
export function timedRows({ rules }: OpenSource, files: readonly AddFile[]): readonly TimedRows[] {
  const [rule] = rules ?? [];
  if (rule === undefined) return [];
  return files.flatMap((file) => {
    const times = boundsOf(file, timeOf(rule));
    return times === undefined ? [] : [{ from: times.min, rows: parseStats(file).numRecords ?? 0 }];
  });
}
