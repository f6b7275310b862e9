import { DuckDBInstance } from '@duckdb/node-api';

/**
 * The tables and views that a query names, as it writes them; undefined where DuckDB cannot tell (a query that does not
 * parse, names nothing, or joins USING columns that it does not know): then it may name any.
 */
export async function tableNamesIn(sql: string): Promise<readonly string[] | undefined> {
  const instance = await DuckDBInstance.create(':memory:');
  try {
    const names = (await instance.connect()).getTableNames(sql, false);
    return names.length === 0 ? undefined : names;
  } finally {
    instance.closeSync();
  }
}
