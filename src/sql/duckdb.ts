import type { ColumnBatch } from '../columns/column.ts';
import { explainFailure } from './duckdb-failure.ts';
import { readBatch } from './duckdb-result.ts';
import { type DuckDbOptions, type DuckDbSession, openDuckDbSession } from './duckdb-session.ts';
import { prepareReading } from './duckdb-statement.ts';
import { interruptible } from './interrupt.ts';
import type { SqlEngine } from './sql-engine.ts';
import { createStaging } from './staging.ts';

const GIB = 2 ** 30;

export type { DuckDbOptions } from './duckdb-session.ts';

/** DuckDB as the SQL engine. Every query gets a locked session of its own (`duckdb-session.ts`). */
export function createDuckDbEngine(options: DuckDbOptions): SqlEngine {
  const staging = createStaging(options.stagingDirectory, options.stagingLimit ?? 4 * GIB);
  return {
    async query(request) {
      await using session = await openDuckDbSession(request, options, staging);
      try {
        return await interruptible(session.connection, request.signal, () => runQuery(session, request.sql));
      } catch (error) {
        request.signal?.throwIfAborted();
        throw session.explain(error);
      }
    },
    close: () => staging.close(),
  };
}

async function runQuery({ connection }: DuckDbSession, sql: string): Promise<ColumnBatch> {
  const statement = await prepareReading(connection, sql);
  try {
    // not `stream`: where a streamed query fails on its way, the binding says that it has ended, and rows are missing
    return await readBatch(await statement.run());
  } catch (error) {
    throw explainFailure(error);
  }
}
