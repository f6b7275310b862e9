import { DuckDBInstance } from '@duckdb/node-api';
import { SqlError } from './sql-error.ts';

/**
 * The relations that one SELECT reads, lower case, in the order of their names: tables and views, not its own WITH queries. DuckDB's
 * parser understands the text; nothing is looked up. Names without a schema only: a name with one is refused.
 *
 * Rejects with `SqlError` for what is not one SELECT.
 */
export async function readRelations(sql: string): Promise<readonly string[]> {
  const instance = await DuckDBInstance.create(':memory:');
  try {
    const connection = await instance.connect();
    const reader = await connection.runAndReadAll('SELECT json_serialize_sql($1::VARCHAR)', [sql]);
    const tree = JSON.parse(reader.value(0, 0) as string) as Parsed;
    if (tree.error) throw new SqlError(`the SQL is refused: ${tree.error_message}`);
    if (tree.statements.length !== 1)
      throw new SqlError(`the SQL holds ${tree.statements.length} statements, give one SELECT`);
    const found = new Set<string>();
    collect(tree.statements[0], new Set(), found);
    return Array.from(found).sort();
  } finally {
    instance.closeSync();
  }
}

type Parsed =
  | { readonly error: false; readonly statements: readonly unknown[] }
  | { readonly error: true; readonly error_message: string };

type WithQueries = { readonly map: readonly { readonly key: string; readonly value: unknown }[] };

/** `known`: names of the WITH queries that are in sight. */
function collect(node: unknown, known: ReadonlySet<string>, found: Set<string>): void {
  if (Array.isArray(node)) for (const each of node) collect(each, known, found);
  if (typeof node !== 'object' || node === null || Array.isArray(node)) return;
  const { cte_map: queries, ...rest } = node as { readonly cte_map?: WithQueries };
  const inSight = new Set(known);
  for (const { key, value } of queries?.map ?? []) {
    const name = key.toLowerCase();
    // a query sees those before it, and itself where it is recursive
    collect(value, isRecursive(value) ? new Set([...inSight, name]) : inSight, found);
    inSight.add(name);
  }
  if ('type' in rest && rest.type === 'BASE_TABLE') noteTable(rest, inSight, found);
  for (const child of Object.values(rest)) collect(child, inSight, found);
}

function noteTable(node: object, known: ReadonlySet<string>, found: Set<string>): void {
  const { schema_name: schema, table_name: table } = node as {
    readonly schema_name: string;
    readonly table_name: string;
  };
  if (schema !== '') throw new SqlError(`the SQL reads ${schema}.${table}: name tables without a schema`);
  const name = table.toLowerCase();
  if (!known.has(name)) found.add(name);
}

function isRecursive(value: unknown): boolean {
  return JSON.stringify(value).includes('"RECURSIVE_CTE_NODE"');
}
