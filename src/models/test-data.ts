import { columnOf } from '../columns/select.ts';
import type { Clock } from '../clock.ts';
import { sqlName, tablePath } from '../fleet/index.ts';
import type { DataTest, Fleet } from '../fleet/model.ts';
import { toMillis } from '../rollup/event-times.ts';
import { quoteName } from '../sql/quote.ts';
import type { TestedLake } from './tested-lake.ts';

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

export type TestDeps = { readonly lake: TestedLake; readonly clock: Clock };

/** Holds the lake against the data tests of these fleets; answers in the order of their definitions. */
export async function testData(fleets: readonly Fleet[], deps: TestDeps): Promise<readonly DataTestResult[]> {
  const tests = fleets.flatMap((fleet) => fleet.tests.map((test) => ({ fleet, test })));
  const results: DataTestResult[] = [];
  const rest = tests.entries();
  const askInTurn = async () => {
    for (const [i, { fleet, test }] of rest) results[i] = await runTest(fleet, test, deps);
  };
  // all of them come to their end, so that nobody closes the lake below one that is under way
  const ends = await Promise.allSettled(Array.from({ length: deps.lake.atOnce }, askInTurn));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  return results;
}

async function runTest(fleet: Fleet, test: DataTest, { lake, clock }: TestDeps): Promise<DataTestResult> {
  const view = Object.keys(fleet.tables).find((name) => test.source === `${name}_current`);
  const about = { fleet: fleet.name, source: test.source, test: describeTest(test) };
  const table = view ?? test.source;
  const there = await lake.has({ name: sqlName(fleet.name, table), path: tablePath(fleet.name, table) });
  if (!there) return { ...about, outcome: 'skipped', violations: 0 };
  const answer = await lake.ask(dataTestSql(fleet, test));
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

/**
 * One row, one column `found`: how many violate the test; of `fresh`, the greatest time. SQL that DuckDB and Athena take, and
 * understand alike.
 */
export function dataTestSql(fleet: Fleet, test: DataTest): string {
  // a view of current rows has its table's name with a suffix, as its source has
  const source = quoteName(sqlName(fleet.name, test.source));
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
        // it is above everything in DuckDB, and nowhere in Athena
        `is_nan(CAST(${column} AS double))`,
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
