import { expect, test } from 'vitest';
import { createBatchBuilder } from '../../src/columns/builder.ts';
import { setInt64, setMicrosOfMillis, setNull } from '../../src/columns/column-builder.ts';
import { columnOf } from '../../src/columns/select.ts';
import { field, struct } from '../../src/columns/types.ts';

const schema = struct([
  field('d', 'double'),
  field('f', 'float'),
  field('i', 'integer'),
  field('l', 'long'),
  field('b', 'boolean'),
  field('s', 'string'),
  field('y', 'binary'),
  field('t', 'timestamp'),
  field('day', 'date'),
  field('small', 'decimal(10,2)'),
  field('large', 'decimal(38,2)'),
]);

const full = {
  d: 1.5,
  f: 0.5,
  i: -7,
  l: 2 ** 40 + 1,
  b: true,
  s: 'a',
  y: Uint8Array.of(1, 2),
  t: 1_718_454_600_250,
  day: 19_889,
  small: 1234,
  large: 10n ** 30n,
};

test('rows of every type come back, beyond the capacity that was asked for', () => {
  const rows = createBatchBuilder(schema, 1);
  for (let i = 0; i < 100; i++) rows.appendRow(i % 3 === 1 ? {} : { ...full, i });
  const batch = rows.finish();
  expect(batch.length).toBe(100);
  for (const column of batch.columns) {
    expect(column.values.length).toBe(100);
    expect(Array.from(column.validity!, (bit) => bit === 0)).toEqual(
      Array.from({ length: 100 }, (_, i) => i % 3 === 1),
    );
  }
  const last = batch.columns.map((column) => column.values[99]);
  expect(last).toEqual([
    1.5,
    0.5,
    99,
    2n ** 40n + 1n,
    1,
    'a',
    full.y,
    1_718_454_600_250_000n,
    19_889,
    1234n,
    10n ** 30n,
  ]);
});

test('validity appears only where a null stays', () => {
  const rows = createBatchBuilder(schema, 4);
  rows.appendRow(full);
  expect(rows.finish().columns.map((column) => column.validity)).toEqual(schema.fields.map(() => undefined));
});

test('a row that is given up leaves nothing, not even its nulls', () => {
  const rows = createBatchBuilder(struct([field('a', 'integer'), field('s', 'string')]), 2);
  rows.appendRow({ a: 1, s: 'x' });
  setNull(rows.columns[0]!, rows.length, rows.capacity);
  setNull(rows.columns[1]!, rows.length, rows.capacity);
  rows.appendRow({ a: 2, s: 'y' });
  setNull(rows.columns[1]!, rows.length, rows.capacity);
  const batch = rows.finish();
  expect(batch.columns.map(({ values }) => Array.from(values))).toEqual([
    [1, 2],
    ['x', 'y'],
  ]);
  expect(batch.columns.map(({ validity }) => validity)).toEqual([undefined, undefined]);
});

test('a filled capacity does not grow', () => {
  const rows = createBatchBuilder(struct([field('a', 'integer')]), 3);
  const { capacity } = rows;
  for (let i = 0; i < 3; i++) rows.appendRow({ a: i });
  expect(rows.capacity).toBe(capacity);
});

test.each([0, 1, -1, 2 ** 31, -(2 ** 31), 2 ** 32, -(2 ** 32), 2 ** 32 - 1, 2 ** 53 - 1, -(2 ** 53) + 1, -0])(
  'the whole number %s becomes its int64',
  (value) => {
    const rows = createBatchBuilder(struct([field('l', 'long')]), 1);
    const [column] = rows.columns;
    if (column?.kind !== 'int64') throw new Error('a long is an int64');
    setInt64(column, 0, value);
    expect(column.values[0]).toBe(BigInt(value));
  },
);

test.each([0, -1, 1, -62_135_596_800_000, 253_402_300_799_999, 9_007_199_254_741, 1_594_598_424_502])(
  '%s ms are exact in microseconds',
  (millis) => {
    const rows = createBatchBuilder(struct([field('t', 'timestamp')]), 1);
    const [column] = rows.columns;
    if (column?.kind !== 'int64') throw new Error('a timestamp is an int64');
    setMicrosOfMillis(column, 0, millis);
    expect(column.values[0]).toBe(BigInt(millis) * 1000n);
  },
);

test('unknown names and values of another type are refused', () => {
  const rows = createBatchBuilder(schema, 1);
  expect(() => rows.appendRow({ nope: 1 })).toThrow('no column "nope"');
  expect(() => rows.appendRow({ s: 1 })).toThrow('"string" cannot hold a number');
  expect(() => rows.appendRow({ y: 'x' })).toThrow('"binary" cannot hold a string');
  rows.appendRow(full);
  expect(columnOf(rows.finish(), 's').values).toEqual(['a']);
});
