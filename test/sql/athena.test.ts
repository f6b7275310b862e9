import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { textRows } from '../../src/columns/canonical.ts';
import { UsageError } from '../../src/errors.ts';
import { createAthenaEngine } from '../../src/sql/athena.ts';
import { createDuckDbEngine } from '../../src/sql/duckdb.ts';
import type { SqlQuery } from '../../src/sql/sql-engine.ts';
import { QueryServiceError, SqlError } from '../../src/sql/sql-error.ts';
import { contractOfValues, SQL_OF_VALUES, SQL_VALUES } from '../contracts/sql-values.ts';
import {
  type AthenaAnswer,
  AthenaApiError,
  AthenaEnd,
  type AthenaServer,
  startAthenaServer,
} from '../support/athena-server.ts';
import { temporaryFolder } from './data-files.ts';

const TEXTS: AthenaAnswer = {
  kind: 'DML',
  columns: [{ Name: 'a', Type: 'varchar' }],
  rows: [['a'], [''], [null]],
};

beforeEach(() => {
  vi.stubEnv('AWS_REGION', 'eu-central-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
  return () => vi.unstubAllEnvs();
});

type ServerOptions = Parameters<typeof startAthenaServer>[0];

async function open(options: ServerOptions) {
  const server = await startAthenaServer(options);
  onTestFinished(() => server.close());
  vi.stubEnv('AWS_ENDPOINT_URL_ATHENA', server.endpoint);
  const engine = createAthenaEngine({ workgroup: 'tributary-dev', database: 'tributary_dev' });
  onTestFinished(() => engine.close());
  return {
    server,
    query: (query: SqlQuery) => engine.query(query),
    rows: async (sql: string) => Array.from(textRows(await engine.query({ sql }))),
  };
}

const operations = ({ calls }: AthenaServer) => calls.map(({ operation }) => operation);

/** The error that a query ends with. */
async function failureOf(ask: () => AthenaAnswer): Promise<unknown> {
  const { query } = await open({ ask });
  return query({ sql: 'select 1' }).catch((error: unknown) => error);
}

describe('every engine answers values exactly, and each under its type:', () => {
  it('DuckDB', async () => {
    const engine = createDuckDbEngine({ stagingDirectory: temporaryFolder() });
    onTestFinished(() => engine.close());
    const { expected, found } = contractOfValues(await engine.query({ sql: SQL_OF_VALUES, tables: [] }));
    expect(found).toEqual(expected);
  });

  it('Athena, by the texts that it hands out', async () => {
    const { query } = await open({
      ask: () => ({
        kind: 'DML',
        columns: SQL_VALUES.map(({ athena }, i) => ({ Name: `v${i}`, ...athena })),
        rows: [SQL_VALUES.map(({ athena }) => athena.text)],
      }),
    });
    const { expected, found } = contractOfValues(await query({ sql: SQL_OF_VALUES }));
    expect(found).toEqual(expected);
  });
});

describe('a query to Athena', () => {
  it('is asked in the workgroup and of the database, and waited for', async () => {
    const { server, rows } = await open({ ask: () => TEXTS, polls: 2 });
    expect(await rows('select a from t')).toEqual([['a'], [''], [undefined]]);
    expect(operations(server)).toEqual([
      'StartQueryExecution',
      ...['GetQueryExecution', 'GetQueryExecution', 'GetQueryExecution'],
      'GetQueryResults',
    ]);
    expect(server.calls[0]!.input).toMatchObject({
      QueryString: 'select a from t',
      WorkGroup: 'tributary-dev',
      QueryExecutionContext: { Database: 'tributary_dev' },
      ClientRequestToken: expect.any(String),
    });
  });

  it('is read page by page, its header once', async () => {
    const rows = Array.from({ length: 25 }, (_, i) => [String(i), i % 2 === 0 ? null : 'n']);
    const columns = [
      { Name: 'n', Type: 'bigint' },
      { Name: 'n', Type: 'varchar' },
    ];
    const { server, query } = await open({ ask: () => ({ kind: 'DML', columns, rows }), pageRows: 10 });
    const batch = await query({ sql: 'select' });
    expect(Array.from(textRows(batch))).toEqual(rows.map((row) => row.map((cell) => cell ?? undefined)));
    expect(batch.schema.fields.map(({ name }) => name)).toEqual(['n', 'n:1']);
    expect(operations(server).filter((each) => each === 'GetQueryResults')).toHaveLength(3);
  });

  it('keeps a first row that says what the column is called, where there is no header', async () => {
    const columns = [{ Name: 'tab_name', Type: 'string' }];
    const { rows } = await open({ ask: () => ({ kind: 'DDL', columns, rows: [['readings'], ['gold']] }) });
    expect(await rows('show tables')).toEqual([['readings'], ['gold']]);
  });

  it('may have no rows, and no columns', async () => {
    const { query, rows } = await open({
      ask: (sql) => ({
        kind: sql === 'show' ? 'DDL' : 'DML',
        columns: sql === 'show' ? [] : TEXTS.columns,
        rows: [],
      }),
    });
    expect(await rows('select')).toEqual([]);
    expect(await query({ sql: 'show' })).toMatchObject({ length: 0, columns: [] });
  });

  it('leaves nested values, times of day and JSON the texts that they come as', async () => {
    const columns = ['array', 'map', 'row', 'time', 'json', 'interval day to second'].map((Type) => ({
      Name: Type,
      Type,
    }));
    const texts = ['[1, 2]', '{a=1}', '{x=1}', '06:00:00.000', '{"a":1}', '0 01:00:00.000'];
    const { rows } = await open({ ask: () => ({ kind: 'DML', columns, rows: [texts] }) });
    expect(await rows('select')).toEqual([texts]);
  });

  it.each([
    ['date', '2013-13'],
    ['timestamp', 'yesterday'],
    ['timestamp with time zone', '2013-01-01 06:00:00.000 Nowhere/City'],
    ['decimal', '1.23'],
  ])('that answers what is no %s is not guessed at', async (Type, text) => {
    const columns = [{ Name: 'v', Type, Scale: 1 }];
    const { query } = await open({ ask: () => ({ kind: 'DML', columns, rows: [[text]] }) });
    await expect(query({ sql: 'select' })).rejects.toThrow(`Athena answers "${text}" for a`);
  });
});

describe('a query to Athena ends with', () => {
  it('Athena’s own words where it is wrong, in one line', async () => {
    const error = await failureOf(() => {
      throw new AthenaEnd({
        State: 'FAILED',
        StateChangeReason: "COLUMN_NOT_FOUND: line 1:8: Column 'temperatur'\ncannot be resolved",
        AthenaError: { ErrorCategory: 2, ErrorType: 1006, Retryable: false },
      });
    });
    expect(error).toBeInstanceOf(SqlError);
    expect((error as Error).message).toBe(
      "query refused: COLUMN_NOT_FOUND: line 1:8: Column 'temperatur' cannot be resolved",
    );
  });

  it('what to do where it reads more than the workgroup allows', async () => {
    const error = await failureOf(() => {
      throw new AthenaEnd({ State: 'CANCELLED', StateChangeReason: 'Bytes scanned limit was exceeded' });
    });
    expect(error).toBeInstanceOf(SqlError);
    expect((error as Error).message).toMatch(/reads more than its workgroup allows .* fewer columns/);
  });

  it('an error that is not its author’s where Athena is at fault', async () => {
    const error = await failureOf(() => {
      throw new AthenaEnd({
        State: 'FAILED',
        StateChangeReason: 'GENERIC_INTERNAL_ERROR: out of workers',
        AthenaError: { ErrorCategory: 1, Retryable: true },
      });
    });
    expect(error).toBeInstanceOf(QueryServiceError);
    expect(error).toMatchObject({
      retriable: true,
      message: 'query failed: GENERIC_INTERNAL_ERROR: out of workers',
    });
  });

  it.each([
    [
      'InvalidRequestException',
      'WorkGroup is not found.',
      /the workgroup tributary-dev: .* deploy the stage/,
    ],
    ['InvalidRequestException', 'Queries of this type are not supported', /^query refused: Queries/],
  ])('one line where the API says %s', async (type, message, says) => {
    const error = await failureOf(() => {
      throw new AthenaApiError(type, message);
    });
    expect(error).toBeInstanceOf(UsageError);
    expect((error as Error).message).toMatch(says);
  });

  it('what the SDK said about anything else, unchanged', async () => {
    const error = await failureOf(() => {
      throw new AthenaApiError('AccessDeniedException', 'User: x is not authorized');
    });
    expect(error).toMatchObject({ name: 'AccessDeniedException', message: 'User: x is not authorized' });
  });
});

describe('a query that nobody waits for any more', () => {
  it('is stopped, and ends with the reason', async () => {
    const { server, query } = await open({ ask: () => TEXTS, polls: Infinity });
    const controller = new AbortController();
    const reason = new Error('the reader has gone');
    const answer = query({ sql: 'select', signal: controller.signal });
    await vi.waitFor(() => expect(operations(server)).toContain('GetQueryExecution'));
    controller.abort(reason);
    await expect(answer).rejects.toBe(reason);
    expect(operations(server).at(-1)).toBe('StopQueryExecution');
  });

  it('is not begun where that is known before', async () => {
    const { server, query } = await open({ ask: () => TEXTS });
    await expect(query({ sql: 'select', signal: AbortSignal.abort() })).rejects.toThrow('aborted');
    expect(server.calls).toEqual([]);
  });
});

describe('statements that reach Athena', () => {
  it.each([
    'select 1',
    '  (SELECT 1) union (select 2)',
    '-- what is new\nwith q as (select 1) select * from q',
    '/* drop */ values 1',
    'SHOW TABLES',
    'describe weather_daily',
    'explain select 1',
    'explain analyze verbose select 1',
    'EXPLAIN (TYPE DISTRIBUTED) (select 1)',
    'explain(format json) select 1',
  ])('read: %s', async (sql) => {
    const { rows } = await open({ ask: () => TEXTS, polls: 0 });
    expect(await rows(sql)).toHaveLength(3);
  });

  it.each([
    ['drop table weather_daily', '"drop"'],
    ['INSERT INTO t SELECT 1', '"insert"'],
    ['create table t as select 1', '"create"'],
    ["unload (select 1) to 's3://x'", '"unload"'],
    ['explain analyze insert into t select 1', '"insert"'],
    ['explain (type io) /* select */ delete from t', '"delete"'],
    ['-- select 1', 'no word'],
    ['', 'no word'],
  ])('do not write: %s', async (sql, word) => {
    const { server, rows } = await open({ ask: () => TEXTS });
    await expect(rows(sql)).rejects.toThrow(`query refused: it begins with ${word}; give one statement`);
    expect(server.calls).toEqual([]);
  });
});
