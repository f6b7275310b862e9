import { setTimeout as sleep } from 'node:timers/promises';
import {
  AthenaClient,
  GetQueryExecutionCommand,
  StartQueryExecutionCommand,
  StopQueryExecutionCommand,
} from '@aws-sdk/client-athena';
import { explainCall, explainEnd } from './athena-failure.ts';
import { type DoneQuery, readResult } from './athena-result.ts';
import { assertReadingText } from './reading-text.ts';
import type { CatalogEngine } from './sql-engine.ts';
import { QueryServiceError } from './sql-error.ts';

/** Without a limit the SDK waits for ever for an answer that got lost. */
const CONNECTION_TIMEOUT_MS = 3_000;
const REQUEST_TIMEOUT_MS = 30_000;

/** Between two looks at a query: most take a second or two, and some minutes. */
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 3_000;
const PAUSE_GROWTH = 1.5;

/** Where to ask: the workgroup bounds what a query may read and says where its answer is kept. */
export type AthenaOptions = {
  readonly workgroup: string;
  readonly database: string;
  /** told how many bytes the query has read so far, which is what it costs, at each look at it */
  readonly onRead?: (bytes: number) => void;
};

/** Athena as the SQL engine, in the account and region that the environment names. */
export function createAthenaEngine({ workgroup, database, onRead }: AthenaOptions): CatalogEngine {
  const client = new AthenaClient({
    requestHandler: {
      connectionTimeout: CONNECTION_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      throwOnRequestTimeout: true,
    },
  });

  async function start(sql: string): Promise<string> {
    const { QueryExecutionId: id } = await client.send(
      new StartQueryExecutionCommand({
        QueryString: sql,
        WorkGroup: workgroup,
        QueryExecutionContext: { Database: database },
      }),
    );
    if (id === undefined) throw new QueryServiceError('Athena took the query and gave it no number');
    return id;
  }

  async function waitFor(id: string, signal: AbortSignal | undefined): Promise<DoneQuery> {
    let pause = FIRST_PAUSE_MS;
    for (;;) {
      signal?.throwIfAborted();
      const { QueryExecution } = await client.send(new GetQueryExecutionCommand({ QueryExecutionId: id }));
      const { Status: status = {}, Statistics: statistics = {} } = QueryExecution ?? {};
      onRead?.(statistics.DataScannedInBytes ?? 0);
      if (status.State === 'SUCCEEDED') return { id, kind: QueryExecution?.StatementType };
      if (status.State === 'FAILED' || status.State === 'CANCELLED') throw explainEnd(status);
      await sleep(pause, undefined, signal === undefined ? {} : { signal });
      pause = Math.min(pause * PAUSE_GROWTH, LONGEST_PAUSE_MS);
    }
  }

  /** What nobody waits for any more would go on, and cost. */
  async function stop(id: string): Promise<void> {
    try {
      await client.send(new StopQueryExecutionCommand({ QueryExecutionId: id }));
    } catch (cause) {
      throw new QueryServiceError(`query ${id} could not be stopped, and may go on: ${String(cause)}`, {
        cause,
      });
    }
  }

  return {
    async query({ sql, signal }) {
      assertReadingText(sql);
      signal?.throwIfAborted();
      try {
        const id = await start(sql);
        try {
          return await readResult(client, await waitFor(id, signal), signal);
        } catch (error) {
          if (signal?.aborted !== true) throw error;
          await stop(id);
          throw signal.reason;
        }
      } catch (error) {
        if (error === signal?.reason) throw error;
        throw explainCall(error, workgroup);
      }
    },
    close() {
      client.destroy();
      return Promise.resolve();
    },
  };
}
