import { describe, expect, it } from 'vitest';
import { type DataType, field, struct } from '../../src/columns/types.ts';
import type { AddFile } from '../../src/delta/actions.ts';
import { createTable } from '../../src/delta/create-table.ts';
import { type ColumnRange, fileFilter } from '../../src/delta/prune.ts';
import { writeFiles } from '../../src/delta/write-files.ts';
import { createMemoryStore } from '../../src/stores/memory-store.ts';
import { canonicalValue } from '../../src/columns/canonical.ts';
import { batchOf, createDeps } from '../support/delta-rig.ts';
import { everyType, randomBatch } from '../support/random-rows.ts';
import { drawSeed, seededRandom } from '../support/seed.ts';

async function filterOf(type: DataType, values: readonly unknown[], partitioned = false) {
  const store = createMemoryStore();
  const deps = createDeps();
  const schema = struct([field('n', 'long'), field('c', type)]);
  const partitionColumns = partitioned ? ['c'] : [];
  const state = await createTable(store, { schema, partitionColumns }, deps);
  const [add] = await writeFiles(
    store,
    batchOf(
      schema,
      values.map((c) => ({ n: 1, c })),
    ),
    { partitionColumns },
    deps,
  );
  return (range: Omit<ColumnRange, 'column'>, file: AddFile = add!) =>
    fileFilter(state, [{ column: 'c', ...range }])(file);
}

describe('fileFilter', () => {
  it('goes by the bounds in the statistics', async () => {
    const keeps = await filterOf('timestamp', [1_000, 5_000]);
    expect(keeps({ min: 5_000 })).toBe(true);
    expect(keeps({ min: 5_001 })).toBe(false);
    expect(keeps({ max: 1_000 })).toBe(true);
    expect(keeps({ max: 999 })).toBe(false);
    expect(keeps({ min: 2_000n, max: 999_999n })).toBe(false);
    expect(keeps({})).toBe(true);
  });

  it('mistrusts a maximum by the microseconds that its writer cut off', async () => {
    const store = createMemoryStore();
    const state = await createTable(
      store,
      { schema: struct([field('c', 'timestamp')]), partitionColumns: [] },
      createDeps(),
    );
    const stats =
      '{"numRecords":1,"minValues":{"c":"1970-01-01T00:00:01.000Z"},"maxValues":{"c":"1970-01-01T00:00:01.000Z"}}';
    const add = { path: 'x', partitionValues: {}, size: 1, modificationTime: 1, dataChange: true, stats };
    expect(fileFilter(state, [{ column: 'c', min: 1_000_999n }])(add)).toBe(true);
    expect(fileFilter(state, [{ column: 'c', min: 1_001_000n }])(add)).toBe(false);
  });

  it('goes by partition values, exactly', async () => {
    const keeps = await filterOf('date', [15_706], true);
    expect(keeps({ min: 15_706, max: 15_706 })).toBe(true);
    expect(keeps({ min: 15_707 })).toBe(false);
    const keepsNull = await filterOf('date', [null], true);
    expect(keepsNull({ min: 0 })).toBe(false);
  });

  it('takes no file of nothing but nulls, and every file that says nothing', async () => {
    const keeps = await filterOf('string', [null, null]);
    expect(keeps({ min: 'a' })).toBe(false);
    const { stats: _, ...silent } = {
      path: 'x',
      partitionValues: {},
      size: 1,
      modificationTime: 1,
      dataChange: true,
      stats: '',
    };
    expect(keeps({ min: 'a' }, silent)).toBe(true);
  });

  it('goes by the bounds of decimals as far as a double carries them', async () => {
    const keeps = await filterOf('decimal(38,2)', [5_25n]);
    expect(keeps({ min: 5_25n, max: 5_25n })).toBe(true);
    expect(keeps({ min: 5_26n })).toBe(false);
    const keepsLong = await filterOf('decimal(38,0)', [10n ** 30n]);
    expect(keepsLong({ max: 1n })).toBe(true);
  });

  it('never leaves out a file that holds what is looked for', async () => {
    const seed = drawSeed('pruning');
    const random = seededRandom(seed);
    const flat = struct(
      everyType.fields.filter(
        ({ type }) => typeof type === 'string' && type !== 'binary' && type !== 'boolean',
      ),
    );
    for (let i = 0; i < 60; i++) {
      const store = createMemoryStore();
      const deps = createDeps();
      const partitionColumns = i % 2 === 0 ? [] : [flat.fields[i % 10]!.name];
      const state = await createTable(store, { schema: flat, partitionColumns }, deps);
      const batch = randomBatch(flat, 1 + Math.floor(random() * 6), random, { wild: true });
      const adds = await writeFiles(store, batch, { partitionColumns }, deps);
      flat.fields.forEach(({ name }, c) => {
        for (let row = 0; row < batch.length; row++) {
          const value = canonicalValue(batch.columns[c]!, row) as string | number | bigint | undefined;
          if (value === undefined || value === '') continue;
          const range = { column: name, min: value, max: value };
          expect(adds.some(fileFilter(state, [range])), `seed ${seed}: ${name} ${String(value)}`).toBe(true);
        }
      });
    }
  });
});
