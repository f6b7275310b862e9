import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createBatchBuilder } from '../../src/columns/builder.ts';
import { groupRows, sortPermutation } from '../../src/columns/sort.ts';
import { field, struct } from '../../src/columns/types.ts';
import { drawSeed } from '../support/seed.ts';

const seed = drawSeed('sort');

type Row = { l: bigint | null; s: string | null; d: number | null };

const schema = struct([field('l', 'long'), field('s', 'string'), field('d', 'double')]);

function makeBatch(rows: readonly Row[]) {
  const builder = createBatchBuilder(schema, rows.length);
  for (const row of rows) builder.appendRow(row);
  return builder.finish();
}

// few values, so that ties are frequent; halves of an int64 differ in sign and size
const row = fc.record<Row>({
  l: fc.constantFrom(
    null,
    0n,
    -1n,
    1n,
    2n ** 32n,
    -(2n ** 32n),
    2n ** 32n - 1n,
    2n ** 63n - 1n,
    -(2n ** 63n),
    2n ** 31n,
  ),
  s: fc.constantFrom(null, '', 'a', 'b', 'ä', 'aa'),
  d: fc.constantFrom(null, 0, -1.5, 2, Infinity, -Infinity, NaN),
});

function compare(a: Row, b: Row, by: readonly (keyof Row)[]): number {
  for (const name of by) {
    const [x, y] = [a[name], b[name]];
    if (x === y || (Number.isNaN(x) && Number.isNaN(y))) continue;
    if (x === null || y === null) return x === null ? -1 : 1;
    if (Number.isNaN(x) || Number.isNaN(y)) return Number.isNaN(x) ? 1 : -1;
    return x < y ? -1 : 1;
  }
  return 0;
}

const by = fc.shuffledSubarray<keyof Row>(['l', 's', 'd'], { minLength: 1 });

test('rows are ordered as a stable sort by the columns orders them, or lie so already', () => {
  fc.assert(
    fc.property(fc.array(row, { maxLength: 60 }), by, (rows, names) => {
      const expected = rows.map((_, i) => i).sort((a, b) => compare(rows[a]!, rows[b]!, names));
      const order = sortPermutation(makeBatch(rows), names);
      expect(Array.from(order ?? rows.keys())).toEqual(expected);
      if (order !== undefined) expect(expected).not.toEqual([...rows.keys()]);
    }),
    { seed, numRuns: 500 },
  );
});

test('groups hold the rows that agree, in order, by their first rows', () => {
  fc.assert(
    fc.property(fc.array(row, { maxLength: 60 }), by, (rows, names) => {
      const expected: number[][] = [];
      rows.forEach((each, i) => {
        const group = expected.find(([first]) => compare(rows[first!]!, each, names) === 0);
        if (group === undefined) expected.push([i]);
        else group.push(i);
      });
      expect(groupRows(makeBatch(rows), names).map((group) => [...group])).toEqual(expected);
    }),
    { seed, numRuns: 500 },
  );
});

test('nested columns have no order', () => {
  const nested = struct([field('n', { type: 'array', elementType: 'long', containsNull: false })]);
  const rows = createBatchBuilder(nested, 2);
  rows.appendRow({ n: [1n] });
  rows.appendRow({ n: [] });
  expect(() => sortPermutation(rows.finish(), ['n'])).toThrow('cannot be ordered');
});
