import { describe, expect, it } from 'vitest';
import { canonicalValue } from '../../src/columns/canonical.ts';
import type { ColumnBatch } from '../../src/columns/column.ts';
import { columnOf, concatBatches, selectRows } from '../../src/columns/select.ts';
import { sortPermutation } from '../../src/columns/sort.ts';
import { field, struct } from '../../src/columns/types.ts';
import { type SortInput, sortRows } from '../../src/delta/sorted-rows.ts';
import { collect } from '../support/collect.ts';
import { batchOf } from '../support/delta-rig.ts';
import { drawSeed, seededRandom } from '../support/seed.ts';

const schema = struct([field('key', 'long'), field('id', 'long')]);

/** An input that hands out rows in batches of `size`. `least` undefined: it says nothing of itself. */
function inputOf(keys: readonly (number | null)[], size: number, knows = true, taken?: number[]): SortInput {
  const values = keys.map((key) => key ?? Number.NEGATIVE_INFINITY);
  const least = knows && !keys.includes(null) ? Math.min(...values) : undefined;
  return {
    least,
    async *read() {
      for (let from = 0; from < keys.length; from += size) {
        taken?.push(from);
        const part = keys.slice(from, from + size).map((key, i) => ({ key, id: (key ?? 0) * 1000 + i }));
        yield batchOf(schema, part);
      }
    },
  };
}

function keysOf(batches: readonly ColumnBatch[]): unknown[] {
  return batches.flatMap((batch) =>
    Array.from({ length: batch.length }, (_, row) => canonicalValue(columnOf(batch, 'key'), row)),
  );
}

const LIMITS = { rows: 20, bytes: 1 << 20 };

describe('rows of many inputs', () => {
  it('come in order and batch by batch, read only when they are due', async () => {
    const taken: number[] = [];
    const inputs = Array.from({ length: 50 }, (_, i) => {
      const keys = Array.from({ length: 10 }, (_, j) => 7 * i + j);
      return inputOf(keys, 10, true, taken);
    });
    const seen: ColumnBatch[] = [];
    for await (const batch of sortRows(inputs.toReversed(), ['key'], LIMITS)) {
      seen.push(batch);
      const passed = seen.reduce((sum, { length }) => sum + length, 0);
      expect(10 * taken.length - passed, 'rows in memory').toBeLessThanOrEqual(2 * LIMITS.rows);
    }
    const keys = keysOf(seen);
    expect(keys).toHaveLength(500);
    expect(keys).toEqual(keys.toSorted((a, b) => Number(a) - Number(b)));
    expect(seen.length).toBeGreaterThan(10);
  });

  it('stay in their order where none is asked for', async () => {
    const inputs = [inputOf([9, 1], 1), inputOf([5], 1), inputOf([3, 2], 2)];
    expect(keysOf(await collect(sortRows(inputs, [], LIMITS)))).toEqual([9n, 1n, 5n, 3n, 2n]);
    expect(await collect(sortRows([], [], LIMITS))).toEqual([]);
    expect(await collect(sortRows([inputOf([], 3)], ['key'], LIMITS))).toEqual([]);
  });

  it('are all there once, whatever the inputs, and in order where memory allows', async () => {
    const seed = drawSeed('sorted rows');
    const random = seededRandom(seed);
    for (let round = 0; round < 200; round++) {
      const spread = random() < 0.5 ? 5 : 200;
      const inputs = Array.from({ length: 1 + Math.floor(random() * 12) }, (_, i) => {
        const keys = Array.from({ length: Math.floor(random() * 40) }, () =>
          random() < 0.05 ? null : i * 10 + Math.floor(random() * spread),
        );
        if (random() < 0.7) keys.sort((a, b) => (a ?? -1) - (b ?? -1));
        return inputOf(keys, 1 + Math.floor(random() * 15), random() < 0.9);
      });
      const batches: ColumnBatch[] = [];
      for (const input of inputs) for await (const batch of input.read()) batches.push(batch);
      if (batches.length === 0) continue;
      const roomy = round % 2 === 0;
      const limits = roomy ? { rows: 1_000, bytes: 1 << 30 } : LIMITS;
      const sorted = await collect(sortRows(inputs, ['key'], limits));
      const all = concatBatches(batches);
      const order = sortPermutation(all, ['key']);
      const expected = keysOf([order === undefined ? all : selectRows(all, order)]);
      const found = keysOf(sorted);
      const what = `seed ${seed}, round ${round}`;
      if (roomy) expect(found, what).toEqual(expected);
      const counted = (keys: readonly unknown[]) => keys.map(String).sort();
      expect(counted(found), what).toEqual(counted(expected));
      for (const batch of sorted) expect(sortPermutation(batch, ['key']), what).toBeUndefined();
    }
  });
});
