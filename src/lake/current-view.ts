import { ORIGIN, ORIGIN_KEY } from '../columns/reserved.ts';
import { currentViewName, sqlName, tableSchema } from '../fleet/index.ts';
import type { Table } from '../fleet/model.ts';
import { quoteName } from '../sql/quote.ts';
import type { SqlView } from '../sql/sql-engine.ts';

/** The rank of a row among those of its identity, 1 for the latest arrival. */
export const RANK = '_rank';

/** Later arrival (design §2), the latest first. */
export const LATEST_FIRST = [ORIGIN.arrivedAt, ...ORIGIN_KEY]
  .map((name) => `${quoteName(name)} DESC`)
  .join(', ');

/**
 * A table with one row an identity, the later arrival; all rows where the table has no identity. Written once for DuckDB
 * and Athena, so without anything that only one of them knows.
 */
export function currentView(table: Table): SqlView {
  const columns = tableSchema(table)
    .fields.map(({ name }) => quoteName(name))
    .join(', ');
  return {
    name: currentViewName(table.fleet, table.name),
    sql: latestSql(columns, quoteName(sqlName(table.fleet, table.name)), table.identity),
  };
}

/** The rows of `source` without those that a later arrival of the same identity supersedes. `columns`: SQL. */
export function latestSql(columns: string, source: string, identity: readonly string[]): string {
  if (identity.length === 0) return `SELECT ${columns} FROM ${source}`;
  const key = identity.map(quoteName).join(', ');
  return (
    `SELECT ${columns} FROM (` +
    `SELECT ${columns}, row_number() OVER (PARTITION BY ${key} ORDER BY ${LATEST_FIRST}) AS ${quoteName(RANK)} FROM ${source}` +
    `) AS ranked WHERE ${quoteName(RANK)} = 1`
  );
}
