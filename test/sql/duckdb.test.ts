import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { ColumnBatch } from '../../src/columns/column.ts';
import { field, struct } from '../../src/columns/types.ts';
import { createDuckDbEngine, type DuckDbOptions } from '../../src/sql/duckdb.ts';
import type { SqlEngine, SqlTable } from '../../src/sql/sql-engine.ts';
import { SqlError } from '../../src/sql/sql-error.ts';
import { readingStore, sqlFile, temporaryFolder, writeDataFiles } from './data-files.ts';

function openEngine(options: Partial<DuckDbOptions> = {}): SqlEngine & { readonly staging: string } {
  const staging = options.stagingDirectory ?? join(temporaryFolder(), 'staging');
  const engine = createDuckDbEngine({ stagingDirectory: staging, ...options });
  onTestFinished(() => engine.close());
  return { ...engine, staging };
}

/** Rows as arrays of slots, null where absent. */
function rowsOf(batch: ColumnBatch): unknown[][] {
  return Array.from({ length: batch.length }, (_, row) =>
    batch.columns.map(({ values, validity }) =>
      validity === undefined || validity[row] === 1 ? values[row] : null,
    ),
  );
}

async function ask(engine: SqlEngine, sql: string, tables: readonly SqlTable[] = []): Promise<unknown[][]> {
  return rowsOf(await engine.query({ sql, tables }));
}

const READINGS = struct([
  field('station', 'string'),
  field('at', 'timestamp'),
  field('temperature', 'double'),
  field('_date', 'date'),
]);

/** Three files on two days; the oldest lacks a column, and the files' columns stand in other orders. */
async function readingsTable(inPlace: boolean): Promise<SqlTable & { readonly root: string }> {
  const root = temporaryFolder();
  await writeDataFiles(root, {
    '_date=2013-01-01/old.parquet': `SELECT TIMESTAMPTZ '2013-01-01 10:00:00.000123Z' AS "at", 'JFK' AS station`,
    '_date=2013-01-01/new.parquet': `SELECT 'LGA' AS station, TIMESTAMPTZ '2013-01-01 11:00:00Z' AS "at", 1.5::DOUBLE AS temperature`,
    '_date=2013-01-02/new.parquet': `SELECT -2.25::DOUBLE AS temperature, 'EWR' AS station, TIMESTAMPTZ '2013-01-02 00:00:00Z' AS "at"`,
  });
  const files = [
    '_date=2013-01-01/old.parquet',
    '_date=2013-01-01/new.parquet',
    '_date=2013-01-02/new.parquet',
  ];
  return {
    root,
    name: 'weather_readings',
    schema: READINGS,
    partitionColumns: ['_date'],
    store: readingStore(root, inPlace),
    files: files.map((key) => sqlFile(root, key, { _date: key.slice(6, 16) })),
  };
}

describe.each([
  ['in place', true],
  ['staged', false],
])('a table of several files, %s', (_, inPlace) => {
  test('shows the columns of its schema, with partition values from the log', async () => {
    const table = await readingsTable(inPlace);
    const batch = await openEngine().query({
      sql: 'SELECT * FROM weather_readings ORDER BY "at"',
      tables: [table],
    });
    expect(batch.schema.fields.map(({ name, type }) => [name, type])).toEqual(
      READINGS.fields.map(({ name, type }) => [name, type]),
    );
    expect(rowsOf(batch)).toEqual([
      ['JFK', 1357034400000123n, null, 15706],
      ['LGA', 1357038000000000n, 1.5, 15706],
      ['EWR', 1357084800000000n, -2.25, 15707],
    ]);
  });

  test('answers over one partition, and over a projection', async () => {
    const table = await readingsTable(inPlace);
    const engine = openEngine();
    expect(
      await ask(engine, `SELECT station FROM weather_readings WHERE _date = '2013-01-02'`, [table]),
    ).toEqual([['EWR']]);
    expect(await ask(engine, 'SELECT count(*) FROM weather_readings', [table])).toEqual([[3n]]);
    expect(
      await ask(engine, 'SELECT _date, count(*) FROM weather_readings GROUP BY 1 ORDER BY 1', [table]),
    ).toEqual([
      [15706, 2n],
      [15707, 1n],
    ]);
  });

  test('reads the listed files only', async () => {
    const table = await readingsTable(inPlace);
    const one = { ...table, files: table.files.slice(1, 2) };
    expect(await ask(openEngine(), 'SELECT station, _date FROM weather_readings', [one])).toEqual([
      ['LGA', 15706],
    ]);
  });
});

test('a table without files is an empty relation of its types', async () => {
  const table = { ...(await readingsTable(true)), files: [] };
  const batch = await openEngine().query({ sql: 'SELECT * FROM weather_readings', tables: [table] });
  expect(batch.length).toBe(0);
  expect(batch.schema.fields.map(({ type }) => type)).toEqual(['string', 'timestamp', 'double', 'date']);
});

test('a null partition value is null, whether all files share it or not', async () => {
  const table = await readingsTable(true);
  const withNull = table.files.map((file, i) =>
    i === 0 ? { ...file, partitionValues: { _date: null } } : file,
  );
  const engine = openEngine();
  const sql = 'SELECT station, _date FROM weather_readings ORDER BY station';
  expect(await ask(engine, sql, [{ ...table, files: withNull }])).toEqual([
    ['EWR', 15707],
    ['JFK', null],
    ['LGA', 15706],
  ]);
  expect(await ask(engine, sql, [{ ...table, files: withNull.slice(0, 1) }])).toEqual([['JFK', null]]);
});

test('a column reads as the schema says where a file holds a narrower type', async () => {
  const root = temporaryFolder();
  await writeDataFiles(root, {
    'a.parquet': 'SELECT 7::INTEGER AS n',
    'b.parquet': 'SELECT 9007199254740993::BIGINT AS n',
  });
  const table = {
    name: 't',
    schema: struct([field('n', 'long')]),
    partitionColumns: [],
    store: readingStore(root, true),
    files: [sqlFile(root, 'a.parquet'), sqlFile(root, 'b.parquet')],
  };
  expect(await ask(openEngine(), 'SELECT n FROM t ORDER BY n', [table])).toEqual([[7n], [9007199254740993n]]);
});

test.each([
  ['blanks and quotes', "it's a file.parquet", { place: "it's" }],
  ['what DuckDB takes for a pattern', 'a[1]*?{x}.parquet', { place: 'a[1]*?' }],
  ['percent signs and equals signs', 'place=a%3Ab/x=1/ü.parquet', { place: 'a:b' }],
])('paths may hold %s', async (_, key, partitionValues) => {
  const root = temporaryFolder();
  await writeDataFiles(root, { [key]: 'SELECT 1 AS n', 'a1bbcx.parquet': 'SELECT 2 AS n' });
  const table = {
    name: 'odd "name"',
    schema: struct([field('n', 'integer'), field('place', 'string')]),
    partitionColumns: ['place'],
    store: readingStore(root, true),
    files: [sqlFile(root, key, partitionValues), sqlFile(root, 'a1bbcx.parquet', { place: 'other' })],
  };
  expect(await ask(openEngine(), 'SELECT n, place FROM "odd ""name""" ORDER BY n', [table])).toEqual([
    [1, partitionValues.place],
    [2, 'other'],
  ]);
});

test('three thousand files are one table', async () => {
  const root = temporaryFolder();
  await writeDataFiles(root, { 'one.parquet': 'SELECT 1::BIGINT AS n' });
  const bytes = readFileSync(join(root, 'one.parquet'));
  const keys = Array.from({ length: 3000 }, (_, i) => `${i}.parquet`);
  for (const key of keys) writeFileSync(join(root, key), bytes);
  const day = (i: number) => new Date(Date.UTC(2010, 0, 1 + (i % 1000))).toISOString().slice(0, 10);
  const table = {
    name: 't',
    schema: struct([field('n', 'long'), field('_date', 'date')]),
    partitionColumns: ['_date'],
    store: readingStore(root, true),
    files: keys.map((key, i) => ({ key, size: bytes.length, partitionValues: { _date: day(i) } })),
  };
  const engine = openEngine();
  expect(await ask(engine, 'SELECT sum(n)::BIGINT, count(DISTINCT _date) FROM t', [table])).toEqual([
    [3000n, 1000n],
  ]);
  expect(await ask(engine, `SELECT count(*) FROM t WHERE _date = '2010-01-05'`, [table])).toEqual([[3n]]);
});

test('views see the tables and the views before them', async () => {
  const table = await readingsTable(true);
  const views = [
    { name: 'warm', sql: 'SELECT * FROM weather_readings WHERE temperature > 0' },
    { name: 'warm_stations', sql: 'SELECT station FROM warm' },
  ];
  const batch = await openEngine().query({ sql: 'FROM warm_stations', tables: [table], views });
  expect(rowsOf(batch)).toEqual([['LGA']]);
});

describe('what a query may not do', () => {
  const attacks: readonly (readonly [string, (root: string) => string])[] = [
    ['read another file', (root) => `SELECT * FROM read_parquet('${root}/secret.parquet')`],
    ['read another file by its name', (root) => `SELECT * FROM '${root}/secret.parquet'`],
    ['read a file in a subquery', (root) => `SELECT (SELECT max(n) FROM '${root}/secret.parquet')`],
    ['read a file as text', () => `SELECT * FROM read_text('/etc/hostname')`],
    ['list files', () => `SELECT * FROM glob('/etc/*')`],
    ['run text as a query', () => `SELECT * FROM query('SELECT 1')`],
    ['write a file', (root) => `COPY (SELECT 1) TO '${root}/out.csv'`],
    [
      'overwrite a data file',
      (root) => `COPY (SELECT 1 AS n) TO '${root}/_date=2013-01-01/old.parquet' (USE_TMP_FILE false)`,
    ],
    [
      'overwrite a data file behind EXPLAIN ANALYZE',
      (root) =>
        `EXPLAIN ANALYZE COPY (SELECT 1 AS n) TO '${root}/_date=2013-01-01/old.parquet' (USE_TMP_FILE false)`,
    ],
    [
      'hide EXPLAIN ANALYZE behind a comment',
      (root) =>
        `/* */ EXPLAIN (ANALYZE) COPY (SELECT 1 AS n) TO '${root}/_date=2013-01-01/old.parquet' (USE_TMP_FILE false)`,
    ],
    [
      'write the profile to a file',
      (root) => `SELECT * FROM enable_profiling(save_location := '${root}/profile.txt')`,
    ],
    ['log to a file', (root) => `SELECT * FROM enable_logging(storage_path := '${root}')`],
    ['make a table', () => 'CREATE TABLE t AS SELECT 1'],
    ['insert', () => 'INSERT INTO weather_readings VALUES (1)'],
    ['drop a view', () => 'DROP VIEW weather_readings'],
    ['attach a database', (root) => `ATTACH '${root}/x.db'`],
    ['install an extension', () => 'INSTALL httpfs'],
    ['load an extension', () => 'LOAD httpfs'],
    ['export the database', (root) => `EXPORT DATABASE '${root}/export'`],
    ['unlock the session', () => 'SET lock_configuration = false'],
    ['change a setting', () => `SET TimeZone = 'America/New_York'`],
    ['run a pragma', () => 'PRAGMA enable_profiling'],
    ['call a function', () => 'CALL enable_logging()'],
    ['run two statements', () => 'SELECT 1; SELECT 2'],
    ['run a second statement that writes', () => 'SELECT 1; DROP VIEW weather_readings'],
    ['have parameters', () => 'SELECT ?::INTEGER'],
    ['be empty', () => ''],
    ['be a comment', () => '-- nothing'],
    ['be no SQL', () => 'selec 1'],
    ['name an unknown table', () => 'SELECT * FROM nowhere'],
    ['name an unknown column', () => 'SELECT nothing FROM weather_readings'],
    ['cast what cannot be cast', () => `SELECT station::INTEGER FROM weather_readings`],
  ];

  test.each(attacks)('%s', async (_, attack) => {
    const table = await readingsTable(true);
    await writeDataFiles(table.root, { 'secret.parquet': 'SELECT 42 AS n' });
    const before = readFileSync(join(table.root, '_date=2013-01-01/old.parquet'));
    const entries = readdirSync(table.root).sort();
    const refusal = await openEngine()
      .query({ sql: attack(table.root), tables: [table] })
      .then(
        () => undefined,
        (error: unknown) => error,
      );
    expect(refusal).toBeInstanceOf(SqlError);
    expect((refusal as SqlError).message).toMatch(/^query refused: [^\n]+$/);
    expect(readFileSync(join(table.root, '_date=2013-01-01/old.parquet'))).toEqual(before);
    expect(readdirSync(table.root).sort()).toEqual(entries);
  });
});

test.each([
  'WITH a AS (SELECT 1 AS x) SELECT * FROM a;',
  'VALUES (1)',
  'FROM weather_readings',
  'DESCRIBE weather_readings',
  'SUMMARIZE weather_readings',
  'SHOW TABLES',
  'EXPLAIN SELECT * FROM weather_readings',
  'explain analyze select count(*) from weather_readings',
  "SELECT unnest([1, 2]), * FROM range(2), generate_series(1, 2), unnest(['a'])",
  'SELECT * FROM duckdb_tables()',
])('%s is read', async (sql) => {
  const batch = await openEngine().query({ sql, tables: [await readingsTable(true)] });
  expect(batch.schema.fields.length).toBeGreaterThan(0);
});

test('SHOW TABLES names the tables and views alone', async () => {
  const table = await readingsTable(true);
  expect(await ask(openEngine(), 'SHOW TABLES', [table])).toEqual([['weather_readings']]);
});

describe('values', () => {
  const cases: readonly (readonly [sql: string, type: unknown, value: unknown])[] = [
    ['9223372036854775807::BIGINT', 'long', 9223372036854775807n],
    ['4294967295::UINTEGER', 'long', 4294967295n],
    ['18446744073709551615::UBIGINT', 'decimal(20,0)', 18446744073709551615n],
    [
      '170141183460469231731687303715884105727::HUGEINT',
      'decimal(38,0)',
      170141183460469231731687303715884105727n,
    ],
    ['-7::TINYINT', 'byte', -7],
    ['200::UTINYINT', 'short', 200],
    ['60000::USMALLINT', 'integer', 60000],
    ['1.5::FLOAT', 'float', 1.5],
    ["'nan'::DOUBLE", 'double', Number.NaN],
    ['-12.345::DECIMAL(5,3)', 'decimal(5,3)', -12345n],
    ['99999999999999999999.5::DECIMAL(21,1)', 'decimal(21,1)', 999999999999999999995n],
    ['true', 'boolean', 1],
    ["'ünï'", 'string', 'ünï'],
    ["'\\x00\\xFF'::BLOB", 'binary', Uint8Array.of(0, 255)],
    ["DATE '1969-12-31'", 'date', -1],
    ["TIMESTAMPTZ '2013-01-01 00:00:00.000001+01:00'", 'timestamp', 1356994800000001n],
    ["TIMESTAMP '1969-12-31 23:59:59.999999'", 'timestamp_ntz', -1n],
    ["TIMESTAMP_MS '1970-01-01 00:00:00.001'", 'timestamp_ntz', 1000n],
    ["TIMESTAMP_S '1970-01-01 00:00:01'", 'timestamp_ntz', 1000000n],
    ["TIME '12:34:56.000001'", 'string', '12:34:56.000001'],
    ["'00000000-0000-0000-0000-000000000001'::UUID", 'string', '00000000-0000-0000-0000-000000000001'],
    ['NULL', 'integer', null],
    ['[1, NULL]', { type: 'array', elementType: 'integer', containsNull: true }, [1, null]],
    ['[4294967295::UINTEGER]', { type: 'array', elementType: 'long', containsNull: true }, [4294967295n]],
    [
      "{'a': 1::BIGINT, 'b': [DATE '1970-01-02'], 'c': NULL::DOUBLE}",
      struct([
        field('a', 'long'),
        field('b', { type: 'array', elementType: 'date', containsNull: true }),
        field('c', 'double'),
      ]),
      { a: 1n, b: [1], c: null },
    ],
    [
      "MAP {'k': 1.5::DECIMAL(2,1)}",
      { type: 'map', keyType: 'string', valueType: 'decimal(2,1)', valueContainsNull: true },
      new Map([['k', 15n]]),
    ],
  ];

  test.each(cases)('%s', async (sql, type, value) => {
    const batch = await openEngine().query({ sql: `SELECT ${sql} AS v`, tables: [] });
    expect(batch.schema.fields[0]?.type).toEqual(type);
    expect(rowsOf(batch)).toEqual([[value]]);
  });

  test('results of many chunks keep their order and their nulls', async () => {
    const sql = 'SELECT CASE WHEN range % 3 = 0 THEN NULL ELSE range END AS a, range AS a FROM range(10000)';
    const batch = await openEngine().query({ sql, tables: [] });
    expect(batch.schema.fields.map(({ name }) => name)).toEqual(['a', 'a:1']);
    expect(rowsOf(batch)).toEqual(
      Array.from({ length: 10000 }, (_, i) => [i % 3 === 0 ? null : BigInt(i), BigInt(i)]),
    );
  });

  test('a session is in UTC', async () => {
    expect(
      await ask(openEngine(), `SELECT '2013-07-01 00:00:00'::TIMESTAMPTZ, current_setting('TimeZone')`),
    ).toEqual([[1372636800000000n, 'UTC']]);
  });
});

describe('staging', () => {
  test('fetches a file once, however many queries read it, and leaves nothing behind', async () => {
    const table = await readingsTable(false);
    const engine = openEngine();
    await ask(engine, 'SELECT count(*) FROM weather_readings', [table]);
    await ask(engine, 'SELECT count(*) FROM weather_readings', [table]);
    const store = table.store as ReturnType<typeof readingStore>;
    expect([...store.fetched.values()]).toEqual([1, 1, 1]);
    await engine.close();
    expect(readdirSync(engine.staging)).toEqual([]);
  });

  test('drops the longest unused copies when room is needed', async () => {
    const table = await readingsTable(false);
    const sizes = table.files.map(({ size }) => size);
    const engine = openEngine({ stagingLimit: Math.max(...sizes) * 2 });
    const only = (i: number) => [{ ...table, files: table.files.slice(i, i + 1) }];
    for (const i of [0, 1, 0, 2, 0, 1]) await ask(engine, 'SELECT count(*) FROM weather_readings', only(i));
    const store = table.store as ReturnType<typeof readingStore>;
    expect(table.files.map(({ key }) => store.fetched.get(key))).toEqual([1, 2, 1]);
  });

  test('says so when a query needs more room than there is', async () => {
    const table = await readingsTable(false);
    const engine = openEngine({ stagingLimit: 10 });
    await expect(ask(engine, 'SELECT 1 FROM weather_readings', [table])).rejects.toThrow(
      /needs \d+ bytes .* at most 10/,
    );
  });

  test('names a data file that is gone', async () => {
    const table = await readingsTable(false);
    const gone = { ...table, files: [{ key: 'gone.parquet', size: 1, partitionValues: {} }] };
    await expect(ask(openEngine(), 'SELECT 1 FROM weather_readings', [gone])).rejects.toThrow(
      /gone\.parquet is gone/,
    );
  });
});

test('queries run side by side', async () => {
  const table = await readingsTable(false);
  const engine = openEngine();
  const answers = await Promise.all(
    [1, 2, 3, 4].map((n) => ask(engine, `SELECT count(*) + ${n} FROM weather_readings`, [table])),
  );
  expect(answers).toEqual([[[4n]], [[5n]], [[6n]], [[7n]]]);
});

test('sorts larger than memory spill side by side, answer, and leave nothing behind', async () => {
  const engine = openEngine({ memoryLimit: 64 * 2 ** 20 });
  const sql =
    'SELECT sum(a)::BIGINT FROM (SELECT a, row_number() OVER (ORDER BY hash(a)) AS r FROM range(5000000) t(a)) WHERE r > 0';
  const answers = await Promise.all([ask(engine, sql), ask(engine, sql)]);
  expect(answers).toEqual([[[12499997500000n]], [[12499997500000n]]]);
  expect(existsSync(engine.staging) ? readdirSync(engine.staging) : []).toEqual([]);
});
