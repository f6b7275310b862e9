import { ORIGIN, ORIGIN_KEY } from '../columns/reserved.ts';
import type { Table } from './model.ts';
import { currentViewName, sqlName } from './names.ts';
import { tableSchema } from './schema.ts';

/** Later arrival first (design §2). */
const LATEST_FIRST = [ORIGIN.arrivedAt, ...ORIGIN_KEY].map((name) => `${quote(name)} DESC`).join(', ');

/**
 * The view of a table with one row an identity, the later arrival; with all rows where the table has no identity. Its SQL is
 * plain enough for DuckDB and Athena alike.
 */
export function currentView(table: Table): { readonly name: string; readonly sql: string } {
  const columns = tableSchema(table).fields.map(({ name }) => name);
  const source = quote(sqlName(table.fleet, table.name));
  return { name: currentViewName(table.fleet, table.name), sql: latestSql(columns, source, table.identity) };
}

/**
 * The named columns of the rows of `source` (SQL) that no later arrival of the same identity supersedes. The rank stands in a
 * query of its own: not every engine has QUALIFY.
 */
export function latestSql(columns: readonly string[], source: string, identity: readonly string[]): string {
  const list = columns.map(quote).join(', ');
  if (identity.length === 0) return `SELECT ${list} FROM ${source}`;
  const rank = `row_number() OVER (PARTITION BY ${identity.map(quote).join(', ')} ORDER BY ${LATEST_FIRST})`;
  return `SELECT ${list} FROM (SELECT ${list}, ${rank} AS "_rank" FROM ${source}) AS ranked WHERE "_rank" = 1`;
}

/** Names in definitions hold nothing that would need more (`name-rules.ts`). */
function quote(name: string): string {
  return `"${name}"`;
}
