import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { textRows } from '../../src/columns/canonical.ts';
import { createDuckDbEngine } from '../../src/sql/duckdb.ts';
import { createResultKeeper } from '../../src/sql/kept-results.ts';
import type { DuckDbOptions } from '../../src/sql/duckdb.ts';
import { SqlError } from '../../src/sql/sql-error.ts';
import { temporaryFolder } from './data-files.ts';

function openKeeper(options: Partial<DuckDbOptions> = {}) {
  const staging = join(temporaryFolder(), 'staging');
  const keeper = createResultKeeper({ stagingDirectory: staging, ...options });
  onTestFinished(() => keeper.close());
  return {
    staging,
    run: (sql: string, time = 20_000, signal?: AbortSignal) =>
      keeper.run({ sql, tables: [], ...(signal && { signal }) }, time),
  };
}

test('a million rows are taken by the page, in their order, and leave as files', async () => {
  const { run, staging } = openKeeper();
  {
    await using result = await run(`SELECT 999999 - range AS n, 'x' || range AS n FROM range(1000000)`);
    expect(result).toMatchObject({ rows: 1_000_000 });
    const page = await result.page(999_998, 200);
    expect(Array.from(textRows(page))).toEqual([
      ['1', 'x999998'],
      ['0', 'x999999'],
    ]);
    expect((await result.page(5_000_000, 10)).length).toBe(0);
    {
      await using csv = await result.export('csv');
      expect(readFileSync(csv.path, 'utf8').split('\n').slice(0, 2)).toEqual(['n,n_1', '999999,x0']);
      await using parquet = await result.export('parquet');
      expect(readFileSync(parquet.path).subarray(-4).toString()).toBe('PAR1');
    }
  }
  expect(readdirSync(staging)).toEqual([]);
});

test('what is no table of rows is kept as well: explanations, descriptions, nested values, nothing', async () => {
  const { run } = openKeeper();
  for (const [sql, rows] of [
    ['EXPLAIN SELECT 1', 1],
    ['DESCRIBE SELECT 1 AS a, 2 AS b', 2],
    [`SELECT NULL AS a, {'q': [1, 2]} AS b, MAP {'k': 1} AS c, INTERVAL 1 DAY AS d`, 1],
    ['SELECT 1 WHERE false', 0],
    ['SELECT 1 AS a; -- and a comment', 1],
    ['  -- a comment first\n FROM range(3)', 3],
  ] as const) {
    await using result = await run(sql);
    expect(result.rows, sql).toBe(rows);
  }
});

describe('a query that runs away ends', () => {
  const ENDLESS = 'SELECT sum(a.range * b.range) FROM range(100000000) a, range(100000000) b';

  test('by its time', async () => {
    await expect(openKeeper().run(ENDLESS, 300)).rejects.toThrow(/ran for 0.3 s/);
  });

  test('by being cancelled, also before it has begun', async () => {
    const { run, staging } = openKeeper();
    const cancelled = new Error('cancelled');
    await expect(run(ENDLESS, undefined, AbortSignal.abort(cancelled))).rejects.toBe(cancelled);
    const controller = new AbortController();
    const running = run(ENDLESS, undefined, controller.signal);
    setTimeout(() => controller.abort(cancelled), 100);
    await expect(running).rejects.toBe(cancelled);
    expect(readdirSync(staging)).toEqual([]);
  });

  test('by memory and disk', async () => {
    const { run } = openKeeper({ memoryLimit: 32 * 2 ** 20, spillLimit: 2 ** 20 });
    const large = run(`SELECT range, md5(range::VARCHAR) FROM range(3000000) ORDER BY 2`);
    await expect(large).rejects.toThrow(/more memory and temporary disk/);
    await expect(large).rejects.toBeInstanceOf(SqlError);
  });
});

test('an engine that runs out of memory on its way fails: a part of a result is none', async () => {
  const stagingDirectory = join(temporaryFolder(), 'staging');
  const engine = createDuckDbEngine({
    stagingDirectory,
    memoryLimit: 32 * 2 ** 20,
    spillLimit: 2 ** 20,
  });
  const sql = 'SELECT range, md5(range::VARCHAR) FROM range(3000000) ORDER BY 2';
  await expect(engine.query({ sql, tables: [] })).rejects.toThrow(/Out of Memory/);
  await engine.close();
});

describe('nothing is written, and nothing else is read', () => {
  const outside = '/tmp/tributary-must-not-be-there.csv';
  test.each([
    `COPY (SELECT 1) TO '${outside}'`,
    `EXPLAIN ANALYZE COPY (SELECT 1) TO '${outside}'`,
    `ATTACH '${outside}' AS other`,
    'INSTALL httpfs',
    'LOAD httpfs',
    'PRAGMA database_list',
    `SET enable_external_access = true`,
    'CREATE TABLE t (a INTEGER)',
    `INSERT INTO "kept result"."rows" VALUES (1)`,
    'SELECT 1; SELECT 2',
    `SELECT * FROM read_csv('/etc/passwd')`,
    `SELECT * FROM read_text('/etc/passwd')`,
    `SELECT * FROM glob('/etc/*')`,
    `SELECT * FROM '/etc/passwd'`,
    `SELECT * FROM parquet_metadata('/etc/passwd')`,
    `SELECT (SELECT max(content) FROM read_text('/etc/passwd'))`,
    `WITH x AS (SELECT * FROM read_blob('/etc/passwd')) SELECT * FROM x`,
  ])('%s', async (sql) => {
    await expect(openKeeper().run(sql)).rejects.toBeInstanceOf(SqlError);
    expect(existsSync(outside)).toBe(false);
  });
});
