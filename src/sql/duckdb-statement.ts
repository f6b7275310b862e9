import type { DuckDBConnection, DuckDBPreparedStatement } from '@duckdb/node-api';
import { explainFailure } from './duckdb-failure.ts';
import { SqlError } from './sql-error.ts';

/** Functions that may stand in FROM: they make rows out of nothing, or out of the session's own catalogue. */
const TABLE_FUNCTIONS =
  /^(range|generate_series|repeat|repeat_row|unnest|json_each|json_tree|summary|query_table|duckdb_\w+|pragma_\w+|icu_calendar_names|pg_timezone_names)$/;

/** Prepares a query that `assertReads` takes. Rejects with `SqlError`, also where it has parameters. */
export async function prepareReading(
  connection: DuckDBConnection,
  sql: string,
): Promise<DuckDBPreparedStatement> {
  await assertReads(connection, sql);
  try {
    const statement = await connection.prepare(sql);
    if (statement.parameterCount === 0) return statement;
  } catch (error) {
    throw explainFailure(error);
  }
  throw new SqlError('query refused: it has parameters; write their values');
}

/**
 * Refuses all but one statement that reads: SELECT, WITH, VALUES, DESCRIBE, SUMMARIZE, SHOW, or an EXPLAIN of one. DuckDB's
 * own parser judges: it serialises nothing but SELECTs. An EXPLAIN is judged by what it explains, because
 * EXPLAIN ANALYZE runs a COPY, which would overwrite a data file that the session may read.
 *
 * Rejects with `SqlError`.
 */
export async function assertReads(connection: DuckDBConnection, sql: string): Promise<void> {
  const tree = await parse(connection, withoutExplain(sql));
  if (tree.error) {
    if (tree.error_type === 'parser') throw new SqlError(`query refused: ${tree.error_message}`);
    throw new SqlError(
      'query refused: give one statement that reads (SELECT, WITH, DESCRIBE, SHOW, EXPLAIN)',
    );
  }
  if (tree.statements.length !== 1) {
    throw new SqlError(`query refused: it holds ${tree.statements.length} statements, give one`);
  }
  for (const name of tableFunctions(tree.statements)) {
    if (!TABLE_FUNCTIONS.test(name.toLowerCase())) {
      throw new SqlError(
        `query refused: it reads from the function ${name}, and may read the lake's tables only`,
      );
    }
  }
}

type Parsed =
  | { readonly error: false; readonly statements: readonly unknown[] }
  | { readonly error: true; readonly error_type: string; readonly error_message: string };

async function parse(connection: DuckDBConnection, sql: string): Promise<Parsed> {
  const reader = await connection.runAndReadAll('SELECT json_serialize_sql($1::VARCHAR)', [sql]);
  return JSON.parse(reader.value(0, 0) as string) as Parsed;
}

/** The statement behind EXPLAIN or EXPLAIN ANALYZE, or the text as it is. */
function withoutExplain(sql: string): string {
  return sql.replace(/^\s*explain\s+(analyze\s+)?/i, '');
}

/** Names of the functions that the parsed statement reads from. */
function* tableFunctions(node: unknown): Generator<string> {
  if (typeof node !== 'object' || node === null) return;
  if ('type' in node && node.type === 'TABLE_FUNCTION' && 'function' in node) {
    yield (node.function as { readonly function_name: string }).function_name;
  }
  for (const child of Object.values(node)) yield* tableFunctions(child);
}
