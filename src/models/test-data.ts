import { columnOf } from '../columns/select.ts';
import type { Clock } from '../clock.ts';
import { loadTableState } from '../delta/snapshot.ts';
import { currentViewName, sqlName, tablePath } from '../fleet/index.ts';
import type { DataTest, Fleet } from '../fleet/model.ts';
import { loadLakeTables } from '../lake/lake-tables.ts';
import { toMillis } from '../rollup/event-times.ts';
import { quoteName } from '../sql/quote.ts';
import type { SqlEngine } from '../sql/sql-engine.ts';
import { type ObjectStore, prefixedStore } from '../stores/object-store.ts';

/** What a data test came to. */
export type DataTestResult = {
  readonly fleet: string;
  /** as the definition has it: a table, its current view, a rollup or a model */
  readonly source: string;
  /** `unique(window_start, line)` */
  readonly test: string;
  /** skipped: the lake does not have the source yet */
  readonly outcome: 'holds' | 'violated' | 'skipped';
  /** rows, or groups of rows, that violate it */
  readonly violations: number;
  /** what was found, where it is violated */
  readonly detail?: string;
};

export type TestDeps = { readonly lake: ObjectStore; readonly sql: SqlEngine; readonly clock: Clock };

/** Holds the lake at its newest versions against the data tests of these fleets. `known`: all fleets of the lake. */
export async function testData(
  fleets: readonly Fleet[],
  known: readonly Fleet[],
  deps: TestDeps,
): Promise<readonly DataTestResult[]> {
  const results: DataTestResult[] = [];
  for (const fleet of fleets) {
    for (const test of fleet.tests) results.push(await runTest(fleet, test, known, deps));
  }
  return results;
}

async function runTest(
  fleet: Fleet,
  test: DataTest,
  known: readonly Fleet[],
  { lake, sql, clock }: TestDeps,
): Promise<DataTestResult> {
  const view = Object.keys(fleet.tables).find((name) => test.source === `${name}_current`);
  const about = { fleet: fleet.name, source: test.source, test: describeTest(test) };
  const store = prefixedStore(lake, `${tablePath(fleet.name, view ?? test.source)}/`);
  if ((await loadTableState(store)) === undefined) return { ...about, outcome: 'skipped', violations: 0 };
  const name = view === undefined ? sqlName(fleet.name, test.source) : currentViewName(fleet.name, view);
  const query = testSql(test, name);
  const { tables, views } = await loadLakeTables(lake, known, { mentionedIn: query });
  const answer = await sql.query({ sql: query, tables, views });
  const column = columnOf(answer, 'found');
  const found = column.validity?.[0] === 0 ? undefined : column.values[0];
  if (test.kind === 'fresh') return { ...about, ...judgeAge(test.within, found, clock()) };
  const violations = Number(found);
  return violations === 0
    ? { ...about, outcome: 'holds', violations }
    : { ...about, outcome: 'violated', violations, detail: DETAILS[test.kind](violations) };
}

const DETAILS: Readonly<Record<Exclude<DataTest['kind'], 'fresh'>, (count: number) => string>> = {
  notNull: (count) => `null in ${count.toLocaleString('en')} rows`,
  unique: (count) => `${count.toLocaleString('en')} groups of rows with the same values`,
  inRange: (count) => `${count.toLocaleString('en')} rows out of range`,
};

function judgeAge(
  within: number,
  found: unknown,
  now: number,
): Omit<DataTestResult, 'fleet' | 'source' | 'test'> {
  if (found === undefined)
    return { outcome: 'violated', violations: 1, detail: 'there is no row with a time' };
  const newest = toMillis(found);
  if (now - newest <= within) return { outcome: 'holds', violations: 0 };
  const minutes = Math.floor((now - newest) / 60_000);
  return {
    outcome: 'violated',
    violations: 1,
    detail: `the newest is of ${new Date(newest).toISOString()}, ${minutes.toLocaleString('en')} minutes ago`,
  };
}

/** One row, one column `found`: how many violate the test; of `fresh`, the greatest time. */
function testSql(test: DataTest, name: string): string {
  const source = quoteName(name);
  switch (test.kind) {
    case 'notNull': {
      const missing = test.columns.map((column) => `${quoteName(column)} IS NULL`).join(' OR ');
      return `SELECT count(*) AS found FROM ${source} WHERE ${missing}`;
    }
    case 'unique': {
      const columns = test.columns.map(quoteName).join(', ');
      return `SELECT count(*) AS found FROM (SELECT 1 FROM ${source} GROUP BY ${columns} HAVING count(*) > 1) AS same`;
    }
    case 'inRange': {
      const column = quoteName(test.column);
      const outside = [
        ...(test.min === undefined ? [] : [`${column} < ${test.min}`]),
        ...(test.max === undefined ? [] : [`${column} > ${test.max}`]),
      ];
      return `SELECT count(*) AS found FROM ${source} WHERE ${outside.join(' OR ')}`;
    }
    case 'fresh':
      return `SELECT max(${quoteName(test.column)}) AS found FROM ${source}`;
  }
}

function describeTest(test: DataTest): string {
  switch (test.kind) {
    case 'notNull':
    case 'unique':
      return `${test.kind}(${test.columns.join(', ')})`;
    case 'inRange':
      return `inRange(${test.column}, ${test.min ?? '-∞'} to ${test.max ?? '∞'})`;
    case 'fresh':
      return `fresh(${test.column}, ${test.within / 60_000} minutes)`;
  }
}
