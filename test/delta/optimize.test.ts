import { describe, expect, it } from 'vitest';
import { columnOf } from '../../src/columns/select.ts';
import { field, struct } from '../../src/columns/types.ts';
import { commit } from '../../src/delta/commit.ts';
import { createTable } from '../../src/delta/create-table.ts';
import { UnsupportedFeatureError } from '../../src/delta/errors.ts';
import { optimize } from '../../src/delta/optimize.ts';
import { readCommits } from '../../src/delta/read-commits.ts';
import { readFile } from '../../src/delta/read-file.ts';
import { removeOf } from '../../src/delta/remove.ts';
import { evolveSchema } from '../../src/delta/schema-evolution.ts';
import { loadSnapshot, loadTableState, type Snapshot } from '../../src/delta/snapshot.ts';
import { parseStats } from '../../src/delta/stats.ts';
import { withSchema } from '../../src/delta/table-schema.ts';
import { writeFiles } from '../../src/delta/write-files.ts';
import { createMemoryStore } from '../../src/stores/memory-store.ts';
import type { ObjectStore } from '../../src/stores/object-store.ts';
import { collect } from '../support/collect.ts';
import { append, batchOf, createDeps, createTwoColumns, rowsOf, twoColumns } from '../support/delta-rig.ts';

const byDay = struct([field('day', 'date'), field('at', 'timestamp'), field('name', 'string')]);

/** A table with a commit for each list of ids. */
async function tableOf(...files: readonly (readonly number[])[]) {
  const store = createMemoryStore();
  const deps = createDeps();
  let state = await createTwoColumns(store, deps);
  for (const ids of files) state = await append(store, state, deps, ids);
  return { store, deps, state };
}

/** A table by day; `files` says the day and the minutes of the rows of each. */
async function daysOf(files: readonly { readonly day: number; readonly minutes: readonly number[] }[]) {
  const store = createMemoryStore();
  const deps = createDeps();
  await createTable(store, { schema: byDay, partitionColumns: ['day'] }, deps);
  for (const { day, minutes } of files) {
    const rows = minutes.map((minute) => ({ day, at: minute * 60_000, name: `m${minute}` }));
    const adds = await writeFiles(store, batchOf(byDay, rows), { partitionColumns: ['day'] }, deps);
    const base = (await loadTableState(store))!;
    await commit(store, { base, operation: 'WRITE', adds, reads: 'nothing' }, deps);
  }
  return { store, deps };
}

async function idsByFile(store: ObjectStore): Promise<number[][]> {
  const snapshot = (await loadSnapshot(store))!;
  const batches = await Promise.all(snapshot.files.map((add) => readFile(store, snapshot, add, ['id'])));
  return batches.map((batch) => Array.from(columnOf(batch, 'id').values, Number));
}

async function snapshotOf(store: ObjectStore): Promise<Snapshot> {
  return (await loadSnapshot(store))!;
}

describe('optimize', () => {
  it('puts small files together and changes no row', async () => {
    const { store, deps } = await tableOf([1], [2, 3], [4]);
    const before = await rowsOf(store);
    const report = await optimize(store, {}, deps);
    expect(report).toMatchObject({
      version: 4,
      commits: 1,
      filesRemoved: 3,
      filesAdded: 1,
      rows: 4,
      conflicts: 0,
      complete: true,
    });
    expect(await rowsOf(store)).toEqual(before);
    const actions: readonly object[] = (await collect(readCommits(store, 4, 4)))[0]!.actions;
    const changes = actions.flatMap((action) => Object.values(action) as { readonly dataChange?: boolean }[]);
    expect(changes.flatMap(({ dataChange }) => dataChange ?? [])).toEqual([false, false, false, false]);
    expect(actions[0]).toMatchObject({
      commitInfo: { operation: 'OPTIMIZE', operationMetrics: { numRemovedFiles: '3', numAddedFiles: '1' } },
    });
    const [add] = (await snapshotOf(store)).files;
    expect(parseStats(add!)).toEqual({
      numRecords: 4,
      minValues: { id: 1, name: 'n1' },
      maxValues: { id: 4, name: 'n4' },
      nullCount: { id: 0, name: 0 },
    });
  });

  it('finds nothing to do when it has been done, and in a table that is not there', async () => {
    const { store, deps } = await tableOf([1], [2], [3]);
    await optimize(store, {}, deps);
    expect(await optimize(store, {}, deps)).toMatchObject({ version: 4, commits: 0, complete: true });
    expect(await optimize(createMemoryStore(), {}, deps)).toBeUndefined();
  });

  it('says in a dry run what it would do', async () => {
    const { store, deps } = await tableOf([1], [2], [3]);
    const report = await optimize(store, { dryRun: true }, deps);
    expect(report).toMatchObject({ version: 3, commits: 0, filesRemoved: 3, filesAdded: 0, complete: false });
    expect(await snapshotOf(store)).toMatchObject({ version: 3 });
  });

  it('leaves files alone that are large enough, and ends a file at the target', async () => {
    const ids = (from: number, count: number) => Array.from({ length: count }, (_, i) => from + i);
    const { store, deps } = await tableOf(ids(0, 800), ids(1_000, 100), ids(2_000, 100), ids(3_000, 900));
    const [large] = (await snapshotOf(store)).files;
    await optimize(store, { targetRows: 1_000, targetBytes: 1 << 30 }, deps);
    const { files } = await snapshotOf(store);
    expect(files.map((add) => parseStats(add).numRecords).sort()).toEqual([200, 800, 900]);
    expect(files).toContainEqual(large);
    const small = await tableOf(...ids(0, 20).map((i) => ids(100 * i, 50)));
    await optimize(small.store, { targetRows: 300 }, small.deps);
    expect((await idsByFile(small.store)).map((file) => file.length)).toEqual([300, 300, 300, 100]);
    expect(await optimize(small.store, { targetRows: 300 }, small.deps)).toMatchObject({ commits: 0 });
  });

  it('takes its target from the table where nobody says another', async () => {
    const { store, deps, state } = await tableOf([1], [2]);
    const configuration = { 'delta.targetFileSize': '100b' };
    await commit(
      store,
      {
        base: state,
        operation: 'SET TBLPROPERTIES',
        metadata: { ...state.metadata, configuration },
        reads: 'nothing',
      },
      deps,
    );
    expect(await optimize(store, {}, deps)).toMatchObject({ commits: 0 });
    expect(await optimize(store, { targetBytes: 1e6 }, deps)).toMatchObject({ commits: 1 });
  });

  it('orders the rows, those of files that overlap too', async () => {
    const { store, deps } = await tableOf([5, 1], [9, 2, 7], [3]);
    await optimize(store, { sortBy: ['id'] }, deps);
    expect(await idsByFile(store)).toEqual([[1, 2, 3, 5, 7, 9]]);
    await expect(optimize(store, { sortBy: ['when'] }, deps)).rejects.toThrow('no such column, but id, name');
  });

  it('keeps to partitions, and to closed ones where it is told', async () => {
    const files = [
      { day: 1, minutes: [1] },
      { day: 1, minutes: [2] },
      { day: 2, minutes: [3] },
      { day: 2, minutes: [4] },
    ];
    const { store, deps } = await daysOf(files);
    const first = (await snapshotOf(store)).files;
    const limit = first.findLast((add) => add.partitionValues['day'] === '1970-01-02')!.modificationTime;
    const report = await optimize(store, { closedFor: deps.clock() - limit, sortBy: ['day', 'at'] }, deps);
    expect(report).toMatchObject({ commits: 1, filesRemoved: 2 });
    const partitions = (await snapshotOf(store)).files.map((add) => add.partitionValues['day']);
    expect(partitions.sort()).toEqual(['1970-01-02', '1970-01-03', '1970-01-03']);
    expect(await optimize(store, {}, deps)).toMatchObject({ commits: 1, filesRemoved: 2 });
  });

  it('spares a large file of a partition that grows', async () => {
    const many = Array.from({ length: 3_000 }, (_, i) => i * 7_919);
    const { store, deps } = await tableOf(many, [1], [2], [3]);
    expect(await optimize(store, { thrifty: true }, deps)).toMatchObject({ commits: 0 });
    await append(store, (await loadTableState(store))!, deps, [4]);
    expect(await optimize(store, { thrifty: true }, deps)).toMatchObject({ filesRemoved: 4, rows: 4 });
  });

  it('gives up what a rival took from it, and plans anew', async () => {
    const { store, deps } = await tableOf([1], [2], [3]);
    const [first] = (await snapshotOf(store)).files;
    let raced = false;
    const rival: ObjectStore = {
      ...store,
      async putIfAbsent(key, bytes) {
        if (!raced) {
          raced = true;
          const base = await snapshotOf(store);
          const removes = [removeOf(first!, 0, true)];
          await commit(store, { base, operation: 'DELETE', removes, reads: { files: [first!] } }, deps);
        }
        return store.putIfAbsent(key, bytes);
      },
    };
    const report = await optimize(rival, {}, deps);
    expect(report).toMatchObject({ conflicts: 1, commits: 1, filesRemoved: 2, complete: true });
    expect(await idsByFile(store)).toEqual([[2, 3]]);
  });

  it('goes on beside blind appends', async () => {
    const { store, deps, state } = await tableOf([1], [2]);
    const rival: ObjectStore = {
      ...store,
      async putIfAbsent(key, bytes) {
        if ((await loadTableState(store))?.version === 2) await append(store, state, deps, [7]);
        return store.putIfAbsent(key, bytes);
      },
    };
    expect(await optimize(rival, {}, deps)).toMatchObject({ version: 4, conflicts: 0, commits: 1 });
    expect((await idsByFile(store)).sort()).toEqual([[1, 2], [7]]);
  });

  it('stops in time', async () => {
    const { store, deps } = await tableOf([1], [2]);
    const report = await optimize(store, { until: deps.clock() }, deps);
    expect(report).toMatchObject({ version: 2, commits: 0, complete: false });
  });

  it('leaves out columns that came after the files, and fills them where some have them', async () => {
    const { store, deps } = await tableOf([1], [2]);
    const wish = struct([...twoColumns.fields, field('extra', 'long')]);
    const base = (await loadTableState(store))!;
    expect(evolveSchema(base.schema, wish).kind).toBe('evolved');
    const metadata = withSchema(base.metadata, wish);
    await commit(store, { base, operation: 'CHANGE COLUMN', metadata, reads: 'nothing' }, deps);
    await optimize(store, {}, deps);
    const [old] = (await snapshotOf(store)).files;
    expect(Object.keys(parseStats(old!).nullCount!)).toEqual(['id', 'name']);
    const adds = await writeFiles(
      store,
      batchOf(wish, [{ id: 3, name: 'n3', extra: 5 }]),
      { partitionColumns: [] },
      deps,
    );
    await commit(
      store,
      { base: (await loadTableState(store))!, operation: 'WRITE', adds, reads: 'nothing' },
      deps,
    );
    await optimize(store, {}, deps);
    expect(await rowsOf(store)).toEqual([
      '{"id":1,"name":"n1","extra":null}',
      '{"id":2,"name":"n2","extra":null}',
      '{"id":3,"name":"n3","extra":5}',
    ]);
  });

  it('reads columns that statistics do not speak of', async () => {
    const { store, deps, state } = await tableOf();
    const adds = [];
    for (const id of [1, 2]) {
      const rows = batchOf(twoColumns, [{ id, name: `n${id}` }]);
      const [add] = await writeFiles(store, rows, { partitionColumns: [] }, deps);
      adds.push({ ...add!, stats: '{"numRecords":1,"nullCount":{"id":0}}' });
    }
    await commit(store, { base: state, operation: 'WRITE', adds, reads: 'nothing' }, deps);
    const before = await rowsOf(store);
    await optimize(store, {}, deps);
    expect(await rowsOf(store)).toEqual(before);
  });

  it('refuses tables that it must not write, and files that are not what the log says', async () => {
    const { store, deps, state } = await tableOf([1], [2]);
    const [first] = (await snapshotOf(store)).files;
    const removes = [removeOf(first!, 0, true)];
    const liar = { ...first!, stats: first!.stats!.replace('"numRecords":1', '"numRecords":2') };
    const base = (await commit(store, { base: state, operation: 'DELETE', removes, reads: 'nothing' }, deps))
      .state;
    await commit(store, { base, operation: 'WRITE', adds: [liar], reads: 'nothing' }, deps);
    await expect(optimize(store, {}, deps)).rejects.toThrow(
      `${first!.path}: holds 1 rows, its statistics say 2`,
    );
    const foreign = createMemoryStore();
    await createTwoColumns(foreign, deps);
    const protocol = { minReaderVersion: 1, minWriterVersion: 7, writerFeatures: ['rowTracking'] };
    await foreign.put(
      '_delta_log/00000000000000000001.json',
      Buffer.from(`${JSON.stringify({ protocol })}\n`),
    );
    await expect(optimize(foreign, {}, deps)).rejects.toBeInstanceOf(UnsupportedFeatureError);
  });
});
