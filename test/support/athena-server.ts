import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { setImmediate as immediate } from 'node:timers/promises';

/** A column as Athena describes it (`ColumnInfo`). */
export type AthenaColumn = {
  readonly Name: string;
  readonly Type: string;
  readonly Precision?: number;
  readonly Scale?: number;
};

/** What becomes of a query: texts as Athena writes them, null for null. */
export type AthenaAnswer = {
  readonly kind: 'DML' | 'DDL' | 'UTILITY';
  readonly columns: readonly AthenaColumn[];
  readonly rows: readonly (readonly (string | null)[])[];
};

/** An error of the API, by its name. */
export class AthenaApiError extends Error {
  readonly type: string;

  constructor(type: string, message: string) {
    super(message);
    this.type = type;
  }
}

/** What a query ends with instead of an answer: a `QueryExecutionStatus`. */
export class AthenaEnd extends Error {
  readonly status: object;

  constructor(status: object) {
    super('the query ends');
    this.status = status;
  }
}

/** What the operations that are spoken of take. */
type Input = {
  readonly QueryString?: string;
  readonly WorkGroup?: string;
  readonly QueryExecutionContext?: { readonly Database: string };
  readonly ClientRequestToken?: string;
  readonly QueryExecutionId?: string;
  readonly NextToken?: string;
  readonly MaxResults?: number;
};

type Query = { readonly answer: Promise<AthenaAnswer>; polls: number; stopped: boolean };

export type AthenaServer = {
  readonly endpoint: string;
  /** every call, in order: what was asked for, and with what */
  readonly calls: readonly { readonly operation: string; readonly input: Input }[];
  close(): Promise<void>;
};

/**
 * Athena's API on 127.0.0.1 (JSON 1.1, as its reference documents it), with somebody else behind it: `ask` answers SQL, or
 * rejects with `AthenaApiError` or `AthenaEnd`; any other error is a query that failed. A query is under way for
 * `polls` looks. There is no Athena that could be run.
 */
export async function startAthenaServer(options: {
  readonly ask: (sql: string, database: string) => AthenaAnswer | Promise<AthenaAnswer>;
  readonly pageRows?: number;
  readonly polls?: number;
}): Promise<AthenaServer> {
  const { ask, pageRows = 1_000, polls = 1 } = options;
  const queries = new Map<string, Query>();
  const calls: { operation: string; input: Input }[] = [];

  const operations: Readonly<Record<string, (input: Input) => Promise<object>>> = {
    async StartQueryExecution({ QueryString, QueryExecutionContext }) {
      const id = `00000000-0000-4000-8000-${String(queries.size).padStart(12, '0')}`;
      const { Database } = QueryExecutionContext as { readonly Database: string };
      const answer = Promise.try(ask, String(QueryString), Database);
      const failure = answer.then(
        () => undefined,
        (error: unknown) => error,
      );
      // what the API itself refuses is known at once
      const known = await Promise.race([failure, immediate()]);
      if (known instanceof AthenaApiError) throw known;
      queries.set(id, { answer, polls: 0, stopped: false });
      return { QueryExecutionId: id };
    },
    async GetQueryExecution({ QueryExecutionId }) {
      const query = find(QueryExecutionId);
      query.polls++;
      if (query.stopped)
        return execution({ State: 'CANCELLED', StateChangeReason: 'Query cancelled by user' });
      if (query.polls <= polls) return execution({ State: query.polls === 1 ? 'QUEUED' : 'RUNNING' });
      try {
        const { kind } = await query.answer;
        return execution({ State: 'SUCCEEDED' }, kind);
      } catch (error) {
        if (error instanceof AthenaApiError) throw error;
        if (error instanceof AthenaEnd) return execution(error.status);
        return execution({ State: 'FAILED', StateChangeReason: (error as Error).message });
      }
    },
    async GetQueryResults({ QueryExecutionId, NextToken, MaxResults = pageRows }) {
      const { kind, columns, rows } = await find(QueryExecutionId).answer;
      const header = kind === 'DML' ? [columns.map(({ Name }) => Name)] : [];
      const all = [...header, ...rows];
      const from = Number(NextToken ?? 0);
      const to = from + Math.min(MaxResults, pageRows);
      return {
        ResultSet: {
          ResultSetMetadata: { ColumnInfo: columns },
          Rows: all.slice(from, to).map((row) => ({
            Data: row.map((text) => (text === null ? {} : { VarCharValue: text })),
          })),
        },
        ...(to < all.length ? { NextToken: String(to) } : {}),
      };
    },
    StopQueryExecution({ QueryExecutionId }) {
      find(QueryExecutionId).stopped = true;
      return Promise.resolve({});
    },
  };

  function find(id: unknown): Query {
    const query = queries.get(String(id));
    if (query === undefined)
      throw new AthenaApiError('InvalidRequestException', `QueryExecution ${String(id)} was not found`);
    return query;
  }

  const server = createServer((request, response) => {
    void handle(request).then(({ status, body }) =>
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body)),
    );
  });

  async function handle(request: IncomingMessage): Promise<{ status: number; body: object }> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const operation = String(request.headers['x-amz-target']).replace('AmazonAthena.', '');
    const input = JSON.parse(Buffer.concat(chunks).toString()) as Input;
    calls.push({ operation, input });
    try {
      return { status: 200, body: await operations[operation]!(input) };
    } catch (error) {
      const { type, message } = error as AthenaApiError;
      return { status: 400, body: { __type: type, Message: message } };
    }
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** What every query has read by the time that it is looked at. */
const BYTES_READ = 1_234_567;

function execution(status: object, kind?: string): object {
  const Statistics = { DataScannedInBytes: BYTES_READ };
  const ofKind = kind === undefined ? {} : { StatementType: kind };
  return { QueryExecution: { Status: status, Statistics, ...ofKind } };
}
