import type { DuckDBConnection, DuckDBPreparedStatement, DuckDBResult } from '@duckdb/node-api';
import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ColumnBatch } from '../columns/column.ts';
import { explainFailure } from './duckdb-failure.ts';
import { readBatch } from './duckdb-result.ts';
import { type DuckDbOptions, type DuckDbSession, openDuckDbSession } from './duckdb-session.ts';
import { prepareReading } from './duckdb-statement.ts';
import { interruptible } from './interrupt.ts';
import { quoteName, quoteText } from './quote.ts';
import type { SqlRequest } from './sql-engine.ts';
import { SqlError } from './sql-error.ts';
import { createStaging } from './staging.ts';

const GIB = 2 ** 30;
/** Where a result lies: beside the lake's tables, under a name that no fleet can have. */
const RESULT = `"kept result"."rows"`;

/** A result in the engine's own hands: whoever shows it takes pages. */
export type KeptResult = AsyncDisposable & {
  readonly rows: number;
  /** columns whose names stand twice are numbered (`a`, `a_1`); an empty batch where there are no such rows */
  page(offset: number, limit: number): Promise<ColumnBatch>;
  /** Writes all rows to a file of the session, and hands over its path; it goes with `[Symbol.asyncDispose]`. */
  export(format: 'csv' | 'parquet'): Promise<{ readonly path: string } & AsyncDisposable>;
};

export type ResultKeeper = {
  /**
   * Rejects with `SqlError` for what the author can mend, a bound that was met included, or with the signal's reason.
   * @param time milliseconds that the query may run
   */
  run(request: SqlRequest, time: number): Promise<KeptResult>;
  close(): Promise<void>;
};

/**
 * Runs queries whose results may be larger than anybody wants to hold: rows go into a table of the session, which spills to disk under the options' bounds.
 */
export function createResultKeeper(options: DuckDbOptions): ResultKeeper {
  const staging = createStaging(options.stagingDirectory, options.stagingLimit ?? 4 * GIB);
  return {
    async run(request, time) {
      const session = await openDuckDbSession(request, options, staging);
      const late = AbortSignal.timeout(time);
      const stopped = AbortSignal.any([late, ...(request.signal === undefined ? [] : [request.signal])]);
      try {
        return await interruptible(session.connection, stopped, () => keep(session, request.sql));
      } catch (error) {
        await session[Symbol.asyncDispose]();
        request.signal?.throwIfAborted();
        if (late.aborted)
          throw new SqlError(
            `query ended: it ran for ${time / 1000} s, and may not run longer; ask for less`,
            { cause: error },
          );
        throw explainBounds(session.explain(error));
      }
    },
    close: () => staging.close(),
  };
}

async function keep(session: DuckDbSession, sql: string): Promise<KeptResult> {
  const { connection } = session;
  const statement = await prepareReading(connection, sql);
  await connection.run('CREATE SCHEMA "kept result"');
  await guarded(() => fill(connection, statement, sql));
  const counted = await connection.runAndReadAll(`SELECT count(*)::DOUBLE FROM ${RESULT}`);
  return {
    rows: Number(counted.value(0, 0)),
    page: async (offset, limit) =>
      // rows came in order and none was ever deleted: their ids are their numbers
      readBatch(
        await connection.run(
          `SELECT * FROM ${RESULT} WHERE rowid >= ${offset} AND rowid < ${offset + limit} ORDER BY rowid`,
        ),
      ),
    async export(format) {
      const path = join(session.folder, `${randomUUID()}.${format}`);
      const form = format === 'csv' ? 'FORMAT csv, HEADER' : 'FORMAT parquet, COMPRESSION zstd';
      await connection.run(`COPY (SELECT * FROM ${RESULT} ORDER BY rowid) TO ${quoteText(path)} (${form})`);
      return { path, [Symbol.asyncDispose]: () => rm(path, { force: true }) };
    },
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}

/**
 * The rows never leave the engine: a streamed query that fails on its way looks as if it had ended (the binding's
 * `fetchChunk` says so), and its result would lack rows.
 */
async function fill(
  connection: DuckDBConnection,
  statement: DuckDBPreparedStatement,
  sql: string,
): Promise<void> {
  try {
    await connection.run(`CREATE TABLE ${RESULT} AS ${sql}`);
  } catch (error) {
    // EXPLAIN, DESCRIBE, SHOW and SUMMARIZE are one statement that reads, and cannot stand here; they are short
    if (!String(error).startsWith('Error: Parser Error')) throw error;
    await copyRows(connection, await statement.run());
  }
}

async function copyRows(connection: DuckDBConnection, result: DuckDBResult): Promise<void> {
  const names = result.deduplicatedColumnNames().map(quoteName);
  const columns = result.columnTypes().map((type, i) => `${names[i]} ${String(type)}`);
  await connection.run(`CREATE TABLE ${RESULT} (${columns.join(', ')})`);
  const appender = await connection.createAppender('rows', 'kept result');
  for (const chunk of await result.fetchAllChunks()) appender.appendDataChunk(chunk);
  appender.closeSync();
}

async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw explainFailure(error);
  }
}

/** Where memory and disk are bounded for the query, meeting the bound is its author's to mend. */
function explainBounds(error: unknown): unknown {
  if (!(error instanceof Error) || !/Out of Memory Error/i.test(error.message)) return error;
  return new SqlError(
    `query ended: it needs more memory and temporary disk than a query may take; ask for less (${error.message})`,
    { cause: error },
  );
}
