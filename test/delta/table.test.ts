import { describe, expect, it } from 'vitest';
import { field, struct } from '../../src/columns/types.ts';
import { createTable as createOrLoad } from '../../src/delta/create-table.ts';
import { createTable, type DeltaTable, openTable, TableRefusedError } from '../../src/delta/index.ts';
import { createFolderStore } from '../../src/stores/folder-store.ts';
import { createMemoryStore } from '../../src/stores/memory-store.ts';
import { collect } from '../support/collect.ts';
import { createDeps, rowsOf, watch } from '../support/delta-rig.ts';

const COLUMNS = { id: 'long', g: 'string', v: 'integer' } as const;

async function createSmall(properties: Record<string, string> = {}) {
  const store = watch(createMemoryStore());
  const deps = createDeps();
  const table = await createTable(store, { columns: COLUMNS, partitionBy: ['g'], properties }, deps);
  return { store, deps, table };
}

/** `id g v` of every row, sorted. */
async function listOf(table: DeltaTable): Promise<string[]> {
  const rows = await collect(table.rows());
  return rows.map(({ id, g, v }) => [id, g, v].join(' ')).sort();
}

/** How often the store was asked for data files while `work` ran. */
async function readsOf(store: ReturnType<typeof watch>, work: () => Promise<unknown>) {
  const keys: string[] = [];
  const { get } = store;
  store.get = (key) => (keys.push(key), get(key));
  await work();
  store.get = get;
  return keys.filter((key) => key.endsWith('.parquet')).length;
}

describe('createTable', () => {
  it('makes a table, or opens it and adds what it lacks', async () => {
    const { store, deps, table } = await createSmall();
    await table.append([{ id: 1, g: 'a', v: 1 }]);
    const more = { columns: { v: 'short', more: 'date', g: 'string' }, partitionBy: ['g'] } as const;
    const again = await createTable(store, more, deps);
    await again.append([{ id: 2, g: 'a', more: '2026-01-31' }]);
    expect(await rowsOf(store)).toEqual([
      '{"id":1,"g":"a","v":1,"more":null}',
      '{"id":2,"g":"a","v":null,"more":"2026-01-31"}',
    ]);
    expect((await collect(table.history())).map(({ operation }) => operation)).toEqual([
      'WRITE',
      'ADD COLUMNS',
      'WRITE',
      'CREATE TABLE',
    ]);
  });

  it('refuses what the table that is there can never be', async () => {
    const { store, deps } = await createSmall();
    const create = (columns: object, partitionBy = ['g']) =>
      createTable(store, { columns: columns as typeof COLUMNS, partitionBy, name: 'small' }, deps);
    await expect(create({ ...COLUMNS, id: 'string' })).rejects.toThrow(
      'table small: column id is long in the table and cannot become string',
    );
    await expect(create(COLUMNS, [])).rejects.toThrow('is partitioned by [g], its definition says []');
    await expect(create(COLUMNS, [])).rejects.toBeInstanceOf(TableRefusedError);
  });
});

describe('openTable', () => {
  it('says that there is none', async () => {
    await expect(openTable(createMemoryStore())).rejects.toThrow('there is no Delta table at this place');
    await expect(openTable(createFolderStore('/nowhere/lake'))).rejects.toThrow(
      'nothing lies in /nowhere/lake/_delta_log',
    );
  });

  it('reads a version, a time, some columns', async () => {
    const { table, deps } = await createSmall();
    await table.append([{ id: 1, g: 'a', v: 1 }]);
    deps.advance(10_000);
    await table.append([{ id: 2, g: 'b' }]);
    expect(await collect(table.rows({ version: 1 }))).toEqual([{ id: 1n, g: 'a', v: 1 }]);
    expect(await collect(table.rows({ columns: ['v', 'g'], where: ['id', '=', 1] }))).toEqual([
      { v: 1, g: 'a' },
    ]);
    await expect(collect(table.rows({ columns: ['w'] }))).rejects.toThrow('no column w, but id, g, v');
    await expect(collect(table.rows({ version: 1, asOf: new Date(0) }))).rejects.toThrow(
      'cannot both be wanted',
    );
    await expect(collect(table.rows({ asOf: new Date(0) }))).rejects.toThrow();
  });
});

describe('append', () => {
  it('costs one PUT a file and one for the commit, and reads nothing', async () => {
    const { store, table } = await createSmall();
    const before = { ...store.calls };
    await table.append([{ id: 1, g: 'a' }]);
    await table.append([{ id: 2, g: 'a' }]);
    const spent = Object.entries(store.calls).map(([method, calls]) => calls - before[method as 'get']);
    expect(spent.reduce((sum, calls) => sum + calls)).toBe(4);
  });

  it('happens once for an application that counts', async () => {
    const { store, deps, table } = await createSmall();
    const batch = (version: number) => ({ once: { appId: 'loader', version } });
    expect(await table.append([{ id: 1, g: 'a' }], batch(7))).toMatchObject({ version: 1, committed: true });
    expect(await table.append([{ id: 1, g: 'a' }], batch(7))).toMatchObject({ version: 1, committed: false });
    const other = await openTable(store, deps);
    expect(await other.append([{ id: 1, g: 'a' }], batch(6))).toMatchObject({
      committed: false,
      appended: 0,
    });
    expect(await other.append([{ id: 2, g: 'a' }], batch(8))).toMatchObject({ version: 2, committed: true });
    expect(await listOf(table)).toEqual(['1 a ', '2 a ']);
  });

  it('takes rows that come one by one, and columns, in one commit', async () => {
    const { table } = await createSmall();
    await table.append(
      (async function* () {
        for (let id = 0; id < 5; id++) yield { id, g: 'a' };
      })(),
    );
    const [batch] = await collect(table.batches());
    expect(await table.append(batch!)).toMatchObject({ version: 2, appended: 5 });
    expect(await table.append(new Set([{ id: 9 }]))).toMatchObject({ version: 3 });
    expect(await table.append([])).toMatchObject({ version: 3, committed: false });
    expect(await listOf(table)).toHaveLength(11);
  });

  it('sees columns that others added since it looked', async () => {
    const { store, deps, table } = await createSmall();
    await (await openTable(store, deps)).evolve({ more: 'long' });
    await table.append([{ id: 1, more: 2 }]);
    expect(await collect(table.rows())).toEqual([{ id: 1n, g: null, v: null, more: 2n }]);
  });

  it('refuses rows that do not fit, and writes nothing', async () => {
    const { store, table } = await createSmall();
    await expect(table.append([{ id: 1, x: 2 }])).rejects.toThrow('no column x in the table, but id, g, v');
    await expect(table.append([{ id: 'x' }])).rejects.toThrow('column id: "x" is no long');
    expect(store.calls.put).toBe(0);
  });

  it('puts no null where a table of others takes none', async () => {
    const store = createMemoryStore();
    const deps = createDeps();
    const schema = struct([{ ...field('id', 'long'), nullable: false }, field('v', 'long')]);
    await createOrLoad(store, { schema, partitionColumns: [] }, deps);
    const table = await openTable(store, deps);
    await expect(table.append([{ v: 1 }])).rejects.toThrow('column id takes no null');
    await table.append([{ id: 1 }]);
    expect(await collect(table.rows())).toEqual([{ id: 1n, v: null }]);
  });
});

describe('delete', () => {
  it('does not read a file of which the log proves that all its rows go, or none', async () => {
    const { store, table } = await createSmall();
    await table.append([
      { id: 1, g: 'a' },
      { id: 2, g: 'b', v: 1 },
      { id: 3, g: 'b', v: 2 },
    ]);
    expect(await readsOf(store, () => table.delete(['g', '=', 'a']))).toBe(0);
    expect(await readsOf(store, () => table.delete(['id', '>', 7]))).toBe(0);
    expect(await readsOf(store, () => table.delete(['id', '=', 3]))).toBe(1);
    expect(await listOf(table)).toEqual(['2 b 1']);
    expect(await readsOf(store, () => table.delete({ and: [] }))).toBe(0);
    expect(await listOf(table)).toEqual([]);
  });

  it('leaves rows of which it cannot be told', async () => {
    const { table } = await createSmall();
    await table.append([
      { id: 1, v: null },
      { id: 2, v: 1 },
      { id: 3, v: 5 },
    ]);
    expect(await table.delete(['v', '<', 3])).toMatchObject({ deleted: 1, copied: 2 });
    expect(await table.delete({ not: ['v', '<', 3] })).toMatchObject({ deleted: 1, copied: 1 });
    expect(await listOf(table)).toEqual(['1  ']);
    const [entry] = await collect(table.history());
    expect(entry).toMatchObject({
      operation: 'DELETE',
      operationParameters: { predicate: '[{"not":["v","<",3]}]' },
    });
  });

  it('is refused by an append-only table, and by a mistake', async () => {
    const { table } = await createSmall({ 'delta.appendOnly': 'true' });
    await table.append([{ id: 1 }]);
    await expect(table.delete(['id', '=', 1])).rejects.toThrow('append-only');
    await expect(table.delete(undefined as never)).rejects.toThrow('undefined is no predicate');
  });
});

describe('overwrite', () => {
  it('replaces a partition, whatever files it lies in', async () => {
    const { store, table } = await createSmall();
    await table.append([
      { id: 1, g: 'a' },
      { id: 2, g: 'b' },
    ]);
    await table.append([{ id: 3, g: 'a' }]);
    const overwrite = () => table.overwrite([{ id: 4, g: 'a' }], { where: ['g', '=', 'a'] });
    expect(await readsOf(store, overwrite)).toBe(0);
    expect(await listOf(table)).toEqual(['2 b ', '4 a ']);
    const [entry] = await collect(table.history());
    expect(entry).toMatchObject({
      operation: 'WRITE',
      operationParameters: { mode: 'Overwrite', predicate: '["g","=","a"]' },
      isBlindAppend: false,
    });
  });

  it('replaces rows by any predicate, or all', async () => {
    const { table } = await createSmall();
    await table.append([
      { id: 1, g: 'a', v: 1 },
      { id: 2, g: 'a', v: 2 },
    ]);
    const report = await table.overwrite([{ id: 3, g: 'b', v: 2 }], { where: ['v', '=', 2] });
    expect(report).toMatchObject({ written: 1, deleted: 1, copied: 1 });
    expect(await listOf(table)).toEqual(['1 a 1', '3 b 2']);
    await table.overwrite([{ id: 9 }]);
    expect(await listOf(table)).toEqual(['9  ']);
  });

  it('refuses rows that the next overwrite would not find, and what may be a mistake', async () => {
    const { table } = await createSmall();
    const rows = [
      { id: 1, g: 'a' },
      { id: 2, g: 'b' },
    ];
    await expect(table.overwrite(rows, { where: ['g', '=', 'a'] })).rejects.toThrow(
      'row 1 is none of those that it should replace, ["g","=","a"]: {"id":"2","g":"b","v":null}',
    );
    await expect(table.overwrite([], { where: undefined } as never)).rejects.toThrow(
      'leave it out to replace all',
    );
  });
});

describe('merge', () => {
  it('updates what it names, inserts the rest, deletes by key, and copies what stands beside', async () => {
    const { table } = await createSmall();
    await table.append([1, 2, 3, 4].map((id) => ({ id, g: 'a', v: 0 })));
    const report = await table.merge(
      [
        { id: 2, v: 9 },
        { id: 7, v: 7 },
      ],
      { on: ['id'], deletes: [{ id: 3 }, { id: 99 }] },
    );
    expect(report).toMatchObject({ inserted: 1, updated: 1, deleted: 1, copied: 2 });
    expect(await listOf(table)).toEqual(['1 a 0', '2 a 9', '4 a 0', '7  7']);
    const [entry] = await collect(table.history());
    expect(entry).toMatchObject({
      operation: 'MERGE',
      operationParameters: {
        predicate: 'target.id = source.id',
        matchedPredicates: '[{"actionType":"update"},{"actionType":"delete"}]',
        notMatchedPredicates: '[{"actionType":"insert"}]',
      },
      operationMetrics: { numTargetRowsInserted: '1', numTargetRowsUpdated: '1', numTargetRowsDeleted: '1' },
    });
  });

  it('takes columns as they were read', async () => {
    const { table } = await createSmall();
    await table.append([
      { id: 1, g: 'a', v: 1 },
      { id: 2, g: 'a', v: 2 },
    ]);
    const [batch] = await collect(table.batches({ columns: ['v', 'id'], where: ['id', '=', 2], version: 1 }));
    await table.overwrite([{ id: 2, g: 'b', v: 9 }]);
    expect(await table.merge(batch!, { on: ['id'] })).toMatchObject({ updated: 1, inserted: 0 });
    expect(await listOf(table)).toEqual(['2 b 2']);
  });

  it('moves a row to another partition', async () => {
    const { table } = await createSmall();
    await table.append([
      { id: 1, g: 'a', v: 1 },
      { id: 2, g: 'a', v: 2 },
    ]);
    await table.merge([{ id: 2, g: 'b' }], { on: ['id'] });
    expect(await listOf(table)).toEqual(['1 a 1', '2 b 2']);
    expect((await table.snapshot()).files).toHaveLength(2);
  });

  it('only inserts, or only updates, where that is wanted', async () => {
    const { store, table } = await createSmall();
    await table.append([{ id: 1, v: 1 }]);
    const rows = [
      { id: 1, v: 5 },
      { id: 2, v: 5 },
    ];
    expect(await table.merge(rows, { on: ['id'], whenMatched: 'ignore' })).toMatchObject({
      inserted: 1,
      updated: 0,
    });
    expect(await table.merge(rows, { on: ['id'], whenMatched: 'ignore' })).toMatchObject({
      committed: false,
    });
    const more = [
      { id: 2, v: 6 },
      { id: 3, v: 6 },
    ];
    expect(await table.merge(more, { on: ['id'], whenNotMatched: 'ignore' })).toMatchObject({
      inserted: 0,
      updated: 1,
    });
    expect(await rowsOf(store)).toEqual(['{"id":1,"g":null,"v":1}', '{"id":2,"g":null,"v":6}']);
  });

  it('tells rows apart by several columns, and takes null for the same as nothing', async () => {
    const { table } = await createSmall();
    await table.append([
      { id: 1, g: 'a', v: 1 },
      { id: 1, g: 'b', v: 1 },
      { id: 1, g: null, v: 1 },
    ]);
    await table.merge(
      [
        { id: 1, g: 'b', v: 2 },
        { id: 2, g: 'a', v: 2 },
      ],
      { on: ['id', 'g'] },
    );
    expect(await listOf(table)).toEqual(['1  1', '1 a 1', '1 b 2', '2 a 2']);
  });

  it('updates every row that has the key, should the table hold several', async () => {
    const { table } = await createSmall();
    await table.append([
      { id: 1, g: 'a', v: 1 },
      { id: 1, g: 'b', v: 1 },
    ]);
    expect(await table.merge([{ id: 1, v: 3 }], { on: ['id'] })).toMatchObject({ updated: 2, inserted: 0 });
    expect(await listOf(table)).toEqual(['1 a 3', '1 b 3']);
  });

  it('looks at files that may hold a key, and reads on in those that do', async () => {
    const { store, table } = await createSmall();
    for (const id of [10, 20, 30])
      await table.append([
        { id, v: 0 },
        { id: id + 5, v: 0 },
      ]);
    expect(await readsOf(store, () => table.merge([{ id: 21, v: 1 }], { on: ['id'] }))).toBe(1);
    expect(await readsOf(store, () => table.merge([{ id: 20, v: 1 }], { on: ['id'] }))).toBe(2);
    expect(await readsOf(store, () => table.merge([{ id: 99, v: 1 }], { on: ['id'] }))).toBe(0);
  });

  it.each<[string, readonly object[], object, string]>([
    [
      'the same key twice',
      [{ id: 1 }, { id: 2 }, { id: 1n }],
      {},
      'row to merge 2 has the key id=1 of another one',
    ],
    [
      'a key to merge and to delete',
      [{ id: 1 }],
      { deletes: [{ id: 1 }] },
      'key to delete 0 has the key id=1',
    ],
    ['no key', [{ id: null }], {}, 'row to merge 0 has no whole key (id=null)'],
    ['a key that is not named', [{ v: 1 }], {}, 'name no column id, which is their key'],
    ['rows that name different columns', [{ id: 1, v: 1 }, { id: 2 }], {}, 'row 1 names no column v'],
    ['more than a key to delete', [], { deletes: [{ id: 1, v: 1 }] }, 'name column v, which is no key'],
    ['no key columns', [{ id: 1 }], { on: [] }, 'needs a column to tell by'],
    ['a column that is not there', [{ id: 1 }], { on: ['x'] }, 'the table has no column x, but id, g, v'],
  ])('refuses %s', async (_, rows, options, message) => {
    const { table } = await createSmall();
    await expect(table.merge(rows as never, { on: ['id'], ...options })).rejects.toThrow(message);
  });
});
