import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ndjsonRows } from '../../src/columns/canonical.ts';
import { type DataType, field, struct } from '../../src/columns/types.ts';
import { createByteSink } from '../../src/parquet/byte-sink.ts';
import { encodeParquet } from '../../src/parquet/encode-parquet.ts';
import { writeHybrid } from '../../src/parquet/hybrid-rle.ts';
import { fileOfBytes } from '../../src/parquet/parquet-file.ts';
import { readParquet } from '../../src/parquet/read-parquet.ts';
import { isBelow, textExtremes } from '../../src/parquet/text-order.ts';
import { judgeRows, openJudge } from '../conformance/duckdb-rows.ts';
import { batchOf, firstDifference } from '../support/delta-rig.ts';
import { drawSeed, seededRandom } from '../support/seed.ts';

let judge: DuckDBConnection;
const folder = mkdtempSync(join(tmpdir(), 'tributary-encode-'));
beforeAll(async () => void (judge = await openJudge()));
afterAll(() => rmSync(folder, { recursive: true }));

/** Encodes a column `c`, has it read by both readers, and tells how DuckDB sees its chunks. */
async function encodeColumn(type: DataType, values: readonly unknown[]) {
  const schema = struct([field('c', type)]);
  const batch = batchOf(
    schema,
    values.map((c) => ({ c })),
  );
  const { bytes } = encodeParquet(batch);
  const path = join(folder, `${Math.random()}.parquet`);
  writeFileSync(path, bytes);
  const expected = Array.from(ndjsonRows(batch));
  const ours = Array.from(ndjsonRows(await readParquet(fileOfBytes(bytes), schema)));
  expect(firstDifference(ours, expected)).toBeUndefined();
  expect(firstDifference(await judgeRows(judge, [path], schema), expected.sort())).toBeUndefined();
  const sql = `SELECT compression, dictionary_page_offset IS NOT NULL, total_compressed_size FROM parquet_metadata('${path}')`;
  const [chunk] = (await judge.runAndReadAll(sql)).getRows();
  return { compression: chunk![0], hasDictionary: chunk![1], size: Number(chunk![2]) };
}

const repeat = (count: number, value: (i: number) => unknown) =>
  Array.from({ length: count }, (_, i) => value(i));

describe('encodeParquet', () => {
  it('takes a dictionary where values repeat, and none where they differ', async () => {
    expect(
      await encodeColumn(
        'string',
        repeat(10_000, (i) => `device ${i % 1_000}`),
      ),
    ).toMatchObject({ hasDictionary: true });
    expect(
      await encodeColumn(
        'string',
        repeat(10_000, (i) => `position ${i}`),
      ),
    ).toMatchObject({ hasDictionary: false, compression: 'ZSTD' });
    expect(
      await encodeColumn(
        'double',
        repeat(10_000, (i) => (i % 400) / 10),
      ),
    ).toMatchObject({ hasDictionary: true });
    expect(
      await encodeColumn(
        'double',
        repeat(10_000, (i) => Math.sqrt(i)),
      ),
    ).toMatchObject({ hasDictionary: false });
    expect(
      await encodeColumn(
        'long',
        repeat(10_000, (i) => BigInt(i % 3) * 10n ** 17n),
      ),
    ).toMatchObject({ hasDictionary: true });
  });

  it('keeps a column of one value in next to nothing, uncompressed', async () => {
    for (const [type, value] of [
      ['string', 'kinesis/arn:aws:kinesis:x'],
      ['integer', 0],
      ['timestamp', 5n],
    ] as const) {
      const { compression, size } = await encodeColumn(
        type,
        repeat(10_000, () => value),
      );
      expect([compression, size < 200]).toEqual(['UNCOMPRESSED', true]);
    }
  });

  it('tells values apart by their bits', async () => {
    await encodeColumn(
      'double',
      repeat(1_000, (i) => [0, -0, Number.NaN, 1][i % 4]),
    );
    await encodeColumn(
      'float',
      repeat(1_000, (i) => [0, -0, Number.NEGATIVE_INFINITY][i % 3]),
    );
    await encodeColumn(
      'long',
      repeat(1_000, (i) => [1n, 2n ** 32n + 1n, -1n, 2n ** 32n - 1n][i % 4]),
    );
  });

  it('gives up a dictionary that grows too long, and takes the widest that it may', async () => {
    await encodeColumn(
      'string',
      repeat(5_000, (i) => (i < 2_000 ? 'same' : `other ${i}`)),
    );
    await encodeColumn(
      'long',
      repeat(60_000, (i) => BigInt(Math.floor(i / 2) * 7)),
    );
    await encodeColumn(
      'integer',
      repeat(100_000, (i) => (i * 7_919) % 40_000),
    );
  });

  it('splits long columns into pages, nested ones at rows', { timeout: 60_000 }, async () => {
    await encodeColumn(
      'binary',
      repeat(3_000, (i) => Buffer.alloc(1_500, i)),
    );
    await encodeColumn(
      'string',
      repeat(40_000, (i) => (i % 7 === 0 ? null : `${'x'.repeat(60)}${i}`)),
    );
    const list = { type: 'array', elementType: 'string', containsNull: true } as const;
    await encodeColumn(
      list,
      repeat(6_000, (i) =>
        i % 5 === 0 ? null : repeat(i % 9, (k) => (k === 3 ? null : `${'y'.repeat(40)}${i}/${k}`)),
      ),
    );
  });

  it('packs levels and indices of every width', () => {
    const seed = drawSeed('hybrid');
    const random = seededRandom(seed);
    for (let round = 0; round < 400; round++) {
      const width = Math.floor(random() * 21);
      const runs = Array.from({ length: 1 + Math.floor(random() * 12) }, () => {
        return { value: Math.floor(random() * 2 ** width), count: 1 + Math.floor(random() ** 3 * 60) };
      });
      const values = Uint32Array.from(
        runs.flatMap(({ value, count }) => Array.from({ length: count }, () => value)),
      );
      const start = Math.floor(random() * 3) % values.length;
      const sink = createByteSink(1);
      writeHybrid(sink, values, start, values.length, width);
      const what = `seed ${seed}, round ${round}, width ${width}`;
      expect(readHybrid(sink.view(), values.length - start, width), what).toEqual(
        Array.from(values.subarray(start)),
      );
    }
  });
});

describe('the order of text', () => {
  it('is that of UTF-8 bytes', () => {
    const seed = drawSeed('text order');
    const random = seededRandom(seed);
    const units = [
      'a',
      'b',
      '\u{7f}',
      '\u{80}',
      '\u{7ff}',
      '\u{800}',
      '\u{d7ff}',
      '\ud800',
      '\udc00',
      '\u{e000}',
      '\u{ffff}',
      '\u{10000}',
      '\u{10ffff}',
    ];
    const text = () =>
      Array.from({ length: Math.floor(random() * 4) }, () => units[Math.floor(random() * units.length)]).join(
        '',
      );
    for (let i = 0; i < 20_000; i++) {
      const [a, b] = [text(), text()];
      const order = Buffer.compare(Buffer.from(a), Buffer.from(b));
      const what = `seed ${seed}: ${JSON.stringify([a, b])}`;
      if (order !== 0) expect(isBelow(a, b), what).toBe(order < 0);
      const { min, max } = textExtremes([a, b]);
      expect(Buffer.compare(Buffer.from(min), Buffer.from(order < 0 ? a : b)), what).toBe(0);
      expect(Buffer.compare(Buffer.from(max), Buffer.from(order < 0 ? b : a)), what).toBe(0);
    }
  });
});

/** "RLE / bit-packing hybrid" of the Parquet format, read the plain way. */
function readHybrid(bytes: Uint8Array, count: number, width: number): number[] {
  const values: number[] = [];
  let at = 0;
  while (values.length < count) {
    let header = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++]!;
      header += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) break;
    }
    if (header % 2 === 0) {
      let value = 0;
      for (let bits = 0; bits < width; bits += 8) value += bytes[at++]! * 2 ** bits;
      for (let i = 0; i < header / 2; i++) values.push(value);
    } else {
      const total = Math.floor(header / 2) * 8;
      for (let i = 0; i < total; i++) {
        let value = 0;
        for (let bit = 0; bit < width; bit++) {
          const position = i * width + bit;
          value += ((bytes[at + (position >> 3)]! >> (position & 7)) & 1) * 2 ** bit;
        }
        values.push(value);
      }
      at += Math.ceil((total * width) / 8);
    }
  }
  return values.slice(0, count);
}
