import type { DuckDBConnection, DuckDBResult } from '@duckdb/node-api';
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

export type ResultBounds = {
  /** milliseconds that the query may run */
  readonly time: number;
  /** rows; the query ends there, and the result says so */
  readonly rows: number;
};

/** A result in the engine's own hands: whoever shows it takes pages. */
export type KeptResult = AsyncDisposable & {
  readonly rows: number;
  /** it would have had more rows than the bound */
  readonly cut: boolean;
  /** columns whose names stand twice are numbered (`a`, `a:1`); an empty batch where there are no such rows */
  page(offset: number, limit: number): Promise<ColumnBatch>;
  /** Writes all rows to a file of the session, and hands over its path; it goes with `[Symbol.asyncDispose]`. */
  export(format: 'csv' | 'parquet'): Promise<{ readonly path: string } & AsyncDisposable>;
};

export type ResultKeeper = {
  /** Rejects with `SqlError` for what the author can mend, a bound that was met included, or with the signal's reason. */
  run(request: SqlRequest, bounds: ResultBounds): Promise<KeptResult>;
  close(): Promise<void>;
};

/**
 * Runs queries whose results may be larger than anybody wants to hold: rows go from the running query, chunk by chunk, into a
 * table of the session, which spills to disk under the options' bounds.
 */
export function createResultKeeper(options: DuckDbOptions): ResultKeeper {
  const staging = createStaging(options.stagingDirectory, options.stagingLimit ?? 4 * GIB);
  return {
    async run(request, bounds) {
      const session = await openDuckDbSession(request, options, staging);
      const late = AbortSignal.timeout(bounds.time);
      const stopped = AbortSignal.any([late, ...(request.signal === undefined ? [] : [request.signal])]);
      try {
        return await interruptible(session.connection, stopped, () =>
          keep(session, request.sql, bounds, stopped),
        );
      } catch (error) {
        await session[Symbol.asyncDispose]();
        request.signal?.throwIfAborted();
        if (late.aborted)
          throw new SqlError(
            `query ended: it ran for ${bounds.time / 1000} s, and may not run longer; ask for less`,
            { cause: error },
          );
        throw explainBounds(session.explain(error));
      }
    },
    close: () => staging.close(),
  };
}

async function keep(
  session: DuckDbSession,
  sql: string,
  bounds: ResultBounds,
  stopped: AbortSignal,
): Promise<KeptResult> {
  const statement = await prepareReading(session.connection, sql);
  // of its own: a running query keeps its connection busy
  const keeper = await session.instance.connect();
  const query = await guarded(() => statement.stream());
  const names = query.deduplicatedColumnNames();
  const { rows, cut } = await guarded(() => copyRows(query, keeper, bounds.rows, stopped));
  const select = `SELECT ${names.map((name, i) => `c${i} AS ${quoteName(name)}`).join(', ')} FROM ${RESULT}`;
  return {
    rows,
    cut,
    page: async (offset, limit) =>
      // rows were appended in order and none was ever deleted: their ids are their numbers
      readBatch(
        await keeper.stream(
          `${select} WHERE rowid >= ${offset} AND rowid < ${offset + limit} ORDER BY rowid`,
        ),
      ),
    async export(format) {
      const path = join(session.folder, `${randomUUID()}.${format}`);
      const form = format === 'csv' ? 'FORMAT csv, HEADER' : 'FORMAT parquet, COMPRESSION zstd';
      await keeper.run(`COPY (${select} ORDER BY rowid) TO ${quoteText(path)} (${form})`);
      return { path, [Symbol.asyncDispose]: () => rm(path, { force: true }) };
    },
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}

async function copyRows(
  query: DuckDBResult,
  keeper: DuckDBConnection,
  limit: number,
  stopped: AbortSignal,
): Promise<{ readonly rows: number; readonly cut: boolean }> {
  const columns = query.columnTypes().map((type, i) => `c${i} ${String(type)}`);
  await keeper.run('CREATE SCHEMA "kept result"');
  await keeper.run(`CREATE TABLE ${RESULT} (${columns.join(', ')})`);
  const appender = await keeper.createAppender('rows', 'kept result');
  let rows = 0;
  for (;;) {
    const chunk = await query.fetchChunk();
    stopped.throwIfAborted();
    if (chunk === null || chunk.rowCount === 0) break;
    if (rows + chunk.rowCount > limit) {
      chunk.rowCount = limit - rows;
      if (chunk.rowCount > 0) appender.appendDataChunk(chunk);
      appender.closeSync();
      return { rows: limit, cut: true };
    }
    appender.appendDataChunk(chunk);
    rows += chunk.rowCount;
  }
  appender.closeSync();
  return { rows, cut: false };
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
