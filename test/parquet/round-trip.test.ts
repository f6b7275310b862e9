import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DuckDBConnection } from '@duckdb/node-api';
import { ndjsonRows } from '../../src/columns/canonical.ts';
import { field, struct } from '../../src/columns/types.ts';
import { encodeParquet as encode } from '../../src/parquet/encode-parquet.ts';
import type { ColumnBatch } from '../../src/columns/column.ts';
import { ParquetError } from '../../src/parquet/errors.ts';
import { fileOfBytes, fileOfRanges } from '../../src/parquet/parquet-file.ts';
import { readParquet } from '../../src/parquet/read-parquet.ts';
import { judgeRows, openJudge } from '../conformance/duckdb-rows.ts';
import { batchOf, firstDifference } from '../support/delta-rig.ts';
import { everyType, randomBatch } from '../support/random-rows.ts';
import { drawSeed, seededRandom } from '../support/seed.ts';

const encodeParquet = (batch: ColumnBatch) => encode(batch).bytes;

let judge: DuckDBConnection;
const folder = mkdtempSync(join(tmpdir(), 'tributary-parquet-'));
beforeAll(async () => void (judge = await openJudge()));
afterAll(() => rmSync(folder, { recursive: true }));

describe('what is encoded', () => {
  it(
    'comes back the same, from our reader and from DuckDB, whatever the values',
    { timeout: 120_000 },
    async () => {
      const seed = drawSeed('parquet round trip');
      const random = seededRandom(seed);
      const options = [
        { nulls: 0 },
        { nulls: 0.2, wild: true },
        { nulls: 0.9 },
        { nulls: 1 },
        { nulls: 0.3, repeat: true },
        { nulls: 0, repeat: true, wild: true },
      ];
      for (const [i, option] of options.entries()) {
        for (const rows of [1, 7, 200, 3_000]) {
          const batch = randomBatch(everyType, rows, random, option);
          const bytes = encodeParquet(batch);
          const expected = Array.from(ndjsonRows(batch));
          const back = await readParquet(fileOfBytes(bytes), everyType);
          const what = `seed ${seed}, case ${i}, ${rows} rows`;
          expect(firstDifference(Array.from(ndjsonRows(back)), expected), `ours, ${what}`).toBeUndefined();
          const path = join(folder, `${i}-${rows}.parquet`);
          writeFileSync(path, bytes);
          const theirs = await judgeRows(judge, [path], everyType);
          expect(firstDifference(theirs, expected.sort()), `DuckDB, ${what}`).toBeUndefined();
        }
      }
    },
  );

  it('has statistics in its footer by which DuckDB may skip', async () => {
    const schema = struct([field('s', 'string'), field('t', 'timestamp'), field('d', 'double')]);
    const rows = [
      { s: 'b'.repeat(100), t: 1_700_000_000_000, d: 2.5 },
      { s: `a${'\u{10ffff}'.repeat(40)}`, t: 1_600_000_000_000, d: -1.5 },
      { s: null, t: null, d: null },
    ];
    const path = join(folder, 'statistics.parquet');
    writeFileSync(path, encodeParquet(batchOf(schema, rows)));
    const sql = `SELECT path_in_schema, stats_min_value, stats_max_value, stats_null_count FROM parquet_metadata('${path}')`;
    const [s, t, d] = (await judge.runAndReadAll(sql)).getRows();
    expect(`a${'\u{10ffff}'.repeat(40)}`.startsWith(String(s![1]))).toBe(true);
    expect(String(s![2]!) >= 'b'.repeat(64)).toBe(true);
    expect([s![3], t![3], d![3]]).toEqual([1n, 1n, 1n]);
    expect(t!.slice(1, 3)).toEqual(['2020-09-13 12:26:40+00', '2023-11-14 22:13:20+00']);
    expect(d!.slice(1, 3)).toEqual(['-1.5', '2.5']);
  });

  it('has no bounds by which a reader would skip NaN, which is greater than any', async () => {
    const path = join(folder, 'nan.parquet');
    const batch = batchOf(struct([field('d', 'double')]), [{ d: 1 }, { d: Number.NaN }]);
    writeFileSync(path, encodeParquet(batch));
    const found = await judge.runAndReadAll(`SELECT count(*) FROM '${path}' WHERE d > 1`);
    expect(found.getRows()).toEqual([[1n]]);
  });

  it('may be empty', async () => {
    const batch = batchOf(everyType, []);
    const bytes = encodeParquet(batch);
    expect((await readParquet(fileOfBytes(bytes), everyType)).length).toBe(0);
    const path = join(folder, 'empty.parquet');
    writeFileSync(path, bytes);
    expect(await judgeRows(judge, [path], everyType)).toEqual([]);
  });

  it('keeps several row groups in order', async () => {
    const schema = struct([field('n', 'long'), field('s', 'string')]);
    const batch = batchOf(
      schema,
      Array.from({ length: 140_000 }, (_, n) => ({ n, s: n % 3 === 0 ? null : `s${n % 17}` })),
    );
    const back = await readParquet(fileOfBytes(encodeParquet(batch)), schema);
    expect(back.columns.map(({ values }) => values)).toEqual(batch.columns.map(({ values }) => values));
  });
});

describe('readParquet', () => {
  const schema = struct([field('n', 'long'), field('s', 'string')]);
  const bytes = encodeParquet(
    batchOf(schema, [
      { n: 1, s: 'a' },
      { n: 2, s: null },
    ]),
  );

  it('fetches ranges, and of a few columns no more than these', async () => {
    const wide = struct([
      field('n', 'long'),
      ...Array.from({ length: 20 }, (_, i) => field(`c${i}`, 'double')),
    ]);
    const file = encodeParquet(randomBatch(wide, 40_000, seededRandom(1), { nulls: 0 }));
    let fetched = 0;
    const source = fileOfRanges(file.length, async (offset, length) => {
      fetched += length;
      return file.subarray(offset, offset + length);
    });
    const batch = await readParquet(source, struct([field('n', 'long')]));
    expect(batch.length).toBe(40_000);
    expect(fetched).toBeLessThan(file.length / 4);
  });

  it('gives null for columns that the file lacks', async () => {
    const batch = await readParquet(
      fileOfBytes(bytes),
      struct([field('later', 'timestamp'), field('n', 'long')]),
    );
    expect(Array.from(ndjsonRows(batch))).toEqual(['{"later":null,"n":1}', '{"later":null,"n":2}']);
    expect((await readParquet(fileOfBytes(bytes), struct([field('later', 'long')]))).length).toBe(2);
  });

  it('widens integers, and refuses other types by name', async () => {
    const narrow = struct([field('b', 'byte'), field('f', 'float')]);
    const file = () => fileOfBytes(encodeParquet(batchOf(narrow, [{ b: -5, f: 0.5 }])));
    const wide = await readParquet(file(), struct([field('b', 'long'), field('f', 'double')]));
    expect(Array.from(ndjsonRows(wide))).toEqual(['{"b":-5,"f":0.5}']);
    const wrong = readParquet(fileOfBytes(bytes), struct([field('s', 'timestamp')]), { name: 'x.parquet' });
    await expect(wrong).rejects.toThrow(
      'x.parquet: column s holds BYTE_ARRAY (STRING), the table says timestamp',
    );
    await expect(wrong).rejects.toBeInstanceOf(ParquetError);
  });

  it('says that a file is broken, wherever it is cut or hit', async () => {
    const random = seededRandom(drawSeed('broken parquet'));
    const whole = encodeParquet(randomBatch(everyType, 50, seededRandom(2)));
    for (let i = 0; i < 60; i++) {
      const cut = whole.slice(0, Math.floor(random() * whole.length));
      await expect(readParquet(fileOfBytes(cut), everyType)).rejects.toBeInstanceOf(ParquetError);
    }
  });
});
