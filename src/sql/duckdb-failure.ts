import { TributaryError } from '../errors.ts';
import { SqlError } from './sql-error.ts';

/** A query that DuckDB gave up, by who can mend it. */
export function explainFailure(error: unknown): unknown {
  if (error instanceof SqlError) return error;
  const line = firstLine(error);
  // what the engine or the files did is nothing that the query's author can mend
  return /^(IO|Out of Memory|INTERNAL|FATAL|HTTP) Error/i.test(line)
    ? new TributaryError(`query failed: ${line}`, { cause: error })
    : new SqlError(`query refused: ${line}`, { cause: error });
}

/** DuckDB's message without its picture of the query. */
export function firstLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return (message.split('\n\n')[0] ?? '').replaceAll(/\s*\n\s*/g, ' ');
}
