import { expect, test } from 'vitest';
import { createBatchBuilder } from '../../src/columns/builder.ts';
import { ndjsonRows } from '../../src/columns/canonical.ts';
import type { ColumnBatch } from '../../src/columns/column.ts';
import { columnOf, concatBatches, selectRows, sliceRows } from '../../src/columns/select.ts';
import { type DataType, field, struct } from '../../src/columns/types.ts';

const types: Readonly<Record<string, DataType>> = {
  d: 'double',
  f: 'float',
  i: 'integer',
  l: 'long',
  b: 'boolean',
  s: 'string',
  y: 'binary',
  big: 'decimal(38,0)',
  n: { type: 'array', elementType: 'long', containsNull: true },
};
const schema = struct(Object.entries(types).map(([name, type]) => field(name, type)));

function makeBatch(from: number, count: number): ColumnBatch {
  const rows = createBatchBuilder(schema, count);
  for (let i = from; i < from + count; i++) {
    if (i % 4 === 3) rows.appendRow({ i });
    else {
      const l = -(2n ** 62n) + BigInt(i);
      rows.appendRow({
        d: i / 8,
        f: i,
        i,
        l,
        b: i % 2 === 0,
        s: `s${i}`,
        y: Uint8Array.of(i),
        big: BigInt(i),
        n: [BigInt(i), null],
      });
    }
  }
  return rows.finish();
}

const lines = (batch: ColumnBatch) => [...ndjsonRows(batch)];

test('selected rows are those rows, in that order, as often as named', () => {
  const batch = makeBatch(0, 10);
  const all = lines(batch);
  const rows = [9, 3, 3, 0];
  expect(lines(selectRows(batch, Int32Array.from(rows)))).toEqual(rows.map((row) => all[row]));
  expect(lines(selectRows(batch, new Uint32Array(0)))).toEqual([]);
});

test('validity vanishes where no null was selected', () => {
  const selected = selectRows(makeBatch(0, 10), Uint32Array.of(0, 1, 2));
  expect(selected.columns.map(({ validity }) => validity)).toEqual(schema.fields.map(() => undefined));
});

test('slices and joins undo each other', () => {
  const batch = makeBatch(0, 11);
  const parts = [sliceRows(batch, 0, 2), sliceRows(batch, 2, 2), sliceRows(batch, 2, 11)];
  expect(parts.map(({ length }) => length)).toEqual([2, 0, 9]);
  expect(lines(concatBatches(parts))).toEqual(lines(batch));
  expect(lines(selectRows(parts[2]!, Uint32Array.of(1)))).toEqual([lines(batch)[3]]);
});

test('batches with other columns do not join', () => {
  const other = createBatchBuilder(struct([field('d', 'float')]), 1).finish();
  expect(() => concatBatches([makeBatch(0, 1), other])).toThrow('differ in their columns');
  expect(() => concatBatches([])).toThrow('no batch to join');
});

test('a column is found by name or refused by name', () => {
  expect(columnOf(makeBatch(0, 3), 's').values).toEqual(['s0', 's1', 's2']);
  expect(() => columnOf(makeBatch(0, 1), 'nope')).toThrow('no column "nope" among d, f, i');
});
