import { describe, expect, it } from 'vitest';
import { ndjsonRows } from '../../src/columns/canonical.ts';
import { field, struct } from '../../src/columns/types.ts';
import { commit } from '../../src/delta/commit.ts';
import { createTable } from '../../src/delta/create-table.ts';
import { CorruptLogError } from '../../src/delta/errors.ts';
import { loadSnapshot } from '../../src/delta/snapshot.ts';
import { writeFiles } from '../../src/delta/write-files.ts';
import { createMemoryStore } from '../../src/stores/memory-store.ts';
import { collect } from '../support/collect.ts';
import { batchOf, createDeps, rowsOf } from '../support/delta-rig.ts';
import { everyType, randomBatch } from '../support/random-rows.ts';
import { drawSeed, seededRandom } from '../support/seed.ts';

const schema = struct([field('id', 'long'), field('city', 'string'), field('day', 'date')]);

describe('writeFiles', () => {
  it('writes a file for each partition, sorted, with the values in the log and not in the file', async () => {
    const store = createMemoryStore();
    const rows = [
      { id: 3, city: 'b', day: 15_706 },
      { id: 1, city: 'a', day: 15_706 },
      { id: 2, city: 'b', day: 15_706 },
      { id: 4, city: null, day: null },
    ];
    const adds = await writeFiles(
      store,
      batchOf(schema, rows),
      { partitionColumns: ['city', 'day'], sortBy: ['id'] },
      createDeps(),
    );
    expect(adds.map(({ partitionValues }) => partitionValues)).toEqual([
      { city: 'b', day: '2013-01-01' },
      { city: 'a', day: '2013-01-01' },
      { city: null, day: null },
    ]);
    expect(adds[0]!.path).toMatch(/^city=b\/day=2013-01-01\/part-[0-9a-f-]{36}\.zstd\.parquet$/);
    expect(adds[2]!.path).toMatch(/^city=__HIVE_DEFAULT_PARTITION__\/day=__HIVE_DEFAULT_PARTITION__\/part-/);
    expect(JSON.parse(adds[0]!.stats!)).toEqual({
      numRecords: 2,
      minValues: { id: 2 },
      maxValues: { id: 3 },
      nullCount: { id: 0 },
    });
    for (const add of adds) expect((await store.get(decodeURIComponent(add.path)))?.length).toBe(add.size);
  });

  it('escapes values for the folder, and the folder for the log', async () => {
    const store = createMemoryStore();
    const city = `10:30/x%y z=ä'"?`;
    const [add] = await writeFiles(
      store,
      batchOf(schema, [{ id: 1, city, day: 0 }]),
      { partitionColumns: ['city'] },
      createDeps(),
    );
    expect(add!.path).toMatch(/^city=10%253A30%252Fx%2525y%20z%253D%C3%A4%2527%2522%253F\/part-/);
    const key = (await collect(store.list('')))[0]?.key ?? '';
    expect(key).toMatch(/^city=10%3A30%2Fx%25y z%3Dä%27%22%3F\/part-/);
    expect(decodeURIComponent(add!.path)).toBe(key);
    expect(add!.partitionValues).toEqual({ city });
  });

  it('takes the empty text for null', async () => {
    const adds = await writeFiles(
      createMemoryStore(),
      batchOf(schema, [{ id: 1, city: '', day: 0 }]),
      { partitionColumns: ['city'] },
      createDeps(),
    );
    expect(adds[0]!.partitionValues).toEqual({ city: null });
  });

  it('writes nothing for no rows', async () => {
    const store = createMemoryStore();
    expect(
      await writeFiles(store, batchOf(schema, []), { partitionColumns: ['city'] }, createDeps()),
    ).toEqual([]);
    expect(await collect(store.list(''))).toEqual([]);
  });

  it('brings every type back through a partition value', async () => {
    const seed = drawSeed('partition values');
    const random = seededRandom(seed);
    const types = everyType.fields.filter(({ type }) => typeof type === 'string' && type !== 'binary');
    for (const column of types) {
      const store = createMemoryStore();
      const deps = createDeps();
      const table = struct([field('n', 'integer'), { ...column, name: 'p' }]);
      const base = await createTable(store, { schema: table, partitionColumns: ['p'] }, deps);
      const batch = randomBatch(table, 12, random, { wild: true });
      const adds = await writeFiles(store, batch, { partitionColumns: ['p'] }, deps);
      await commit(store, { base, operation: 'WRITE', adds, reads: 'nothing' }, deps);
      const expected = Array.from(ndjsonRows(batch), (row) =>
        row.replace('"p":""', '"p":null').replace(/"p":-0(\.0)?}/, '"p":0}'),
      );
      const actual = (await rowsOf(store)).map((row) => row.replace(/"p":-0(\.0)?}/, '"p":0}')).sort();
      expect(actual, `seed ${seed}: ${column.name}`).toEqual(expected.sort());
    }
  });

  it('refuses a value in the log that is none of its type, naming file and column', async () => {
    const store = createMemoryStore();
    const deps = createDeps();
    const base = await createTable(store, { schema, partitionColumns: ['day'] }, deps);
    const [add] = await writeFiles(
      store,
      batchOf(schema, [{ id: 1, city: 'x', day: 1 }]),
      { partitionColumns: ['day'] },
      deps,
    );
    const broken = { ...add!, partitionValues: { day: '01/02/2020' } };
    await commit(store, { base, operation: 'WRITE', adds: [broken], reads: 'nothing' }, deps);
    await expect(rowsOf(store)).rejects.toBeInstanceOf(CorruptLogError);
    await expect(rowsOf(store)).rejects.toThrow('day="01/02/2020" is no "date"');
    expect((await loadSnapshot(store))?.files).toHaveLength(1);
  });
});
