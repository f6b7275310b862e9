import { describe, expect, it } from 'vitest';
import type { AddFile } from '../../src/delta/actions.ts';
import { writeCheckpoint } from '../../src/delta/checkpoint.ts';
import { commit } from '../../src/delta/commit.ts';
import { createTable } from '../../src/delta/create-table.ts';
import { optimize } from '../../src/delta/optimize.ts';
import { removeOf } from '../../src/delta/remove.ts';
import { loadSnapshot, loadTableState } from '../../src/delta/snapshot.ts';
import { vacuum, type VacuumOptions } from '../../src/delta/vacuum.ts';
import { writeFiles } from '../../src/delta/write-files.ts';
import { UsageError } from '../../src/errors.ts';
import { field, struct } from '../../src/columns/types.ts';
import { createMemoryStore } from '../../src/stores/memory-store.ts';
import type { ObjectStore } from '../../src/stores/object-store.ts';
import { collect } from '../support/collect.ts';
import { append, batchOf, createDeps, createTwoColumns, fileOf, rowsOf } from '../support/delta-rig.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** A table whose store dates its objects by the deps' clock; a commit for each list of ids. */
async function tableOf(files: readonly (readonly number[])[], configuration = {}) {
  const deps = createDeps();
  const store = createMemoryStore(deps.clock);
  let state = await createTwoColumns(store, deps, configuration);
  for (const ids of files) state = await append(store, state, deps, ids);
  const sweep = (options: VacuumOptions = {}) => vacuum(store, options, deps);
  return { store, deps, sweep };
}

async function remove(store: ObjectStore, deps: ReturnType<typeof createDeps>, add: AddFile): Promise<void> {
  const base = (await loadTableState(store))!;
  // planned long ago
  const removes = [removeOf(add, 0, true)];
  await commit(store, { base, operation: 'DELETE', removes, reads: { files: [add] } }, deps);
}

async function keysOf(store: ObjectStore): Promise<string[]> {
  return (await collect(store.list('')))
    .map(({ key }) => key)
    .filter((key) => !key.startsWith('_delta_log/'));
}

describe('vacuum', () => {
  it('deletes what was removed a retention ago, and what nobody ever committed', async () => {
    const { store, deps, sweep } = await tableOf([[1], [2], [3]]);
    const before = await rowsOf(store);
    await optimize(store, {}, deps);
    const orphan = await fileOf(store, deps, 99);
    expect(await sweep()).toMatchObject({ files: [], deleted: 0, complete: true });
    deps.advance(7 * DAY);
    const fresh = await fileOf(store, deps, 100);
    const report = (await sweep({ dryRun: true }))!;
    expect(report).toMatchObject({ version: 4, retention: 7 * DAY, deleted: 0, complete: false });
    expect(report.files.map(({ key }) => key)).toContain(orphan.path);
    expect(report.files).toHaveLength(4);
    expect(await keysOf(store)).toHaveLength(6);
    expect(await sweep()).toMatchObject({ deleted: 4, bytes: report.bytes, complete: true });
    expect(await keysOf(store)).toEqual(
      [(await loadSnapshot(store))!.files[0]!.path, fresh.path].sort((a, b) => (a < b ? -1 : 1)),
    );
    expect(await rowsOf(store)).toEqual(before);
    expect(await sweep()).toMatchObject({ files: [], complete: true });
  });

  it('counts from the commit that removed a file, not from the plan of it', async () => {
    const { store, deps, sweep } = await tableOf([[1], [2]]);
    deps.advance(30 * DAY);
    await remove(store, deps, (await loadSnapshot(store))!.files[0]!);
    expect(await sweep()).toMatchObject({ files: [] });
    expect(await rowsOf(store, 2)).toHaveLength(2);
  });

  it('keeps for a longer retention what checkpoints have forgotten', async () => {
    const { store, deps, sweep } = await tableOf([[1], [2]]);
    deps.advance(DAY);
    await remove(store, deps, (await loadSnapshot(store))!.files[0]!);
    deps.advance(8 * DAY);
    await writeCheckpoint(store, {}, deps);
    expect(await sweep({ retention: 9 * DAY })).toMatchObject({ files: [] });
    expect(await sweep({ retention: 8 * DAY })).toMatchObject({ deleted: 1 });
  });

  it('takes no retention below that of the table, unless it is forced', async () => {
    const { store, deps, sweep } = await tableOf([[1], [2]]);
    await optimize(store, {}, deps);
    deps.advance(HOUR);
    const short = sweep({ retention: HOUR });
    await expect(short).rejects.toBeInstanceOf(UsageError);
    await expect(short).rejects.toThrow('1 h is shorter than the 168 h');
    await expect(sweep({ retention: -1, force: true })).rejects.toThrow('-1 ms makes no sense');
    await expect(sweep({ retention: Number.NaN, force: true })).rejects.toThrow('NaN');
    expect(await keysOf(store)).toHaveLength(3);
    expect(await sweep({ retention: HOUR, force: true })).toMatchObject({ deleted: 2 });
    const own = await tableOf([[1], [2]], { 'delta.deletedFileRetentionDuration': 'interval 2 hours' });
    await optimize(own.store, {}, own.deps);
    own.deps.advance(2 * HOUR);
    expect(await own.sweep()).toMatchObject({ retention: 2 * HOUR, deleted: 2 });
    await expect(own.sweep({ retention: HOUR })).rejects.toThrow('1 h is shorter than the 2 h');
  });

  it('touches nothing but data files that readers see', async () => {
    const { store, deps, sweep } = await tableOf([[1]]);
    const kept = [
      '.hidden/part-1.parquet',
      '.part-1.parquet',
      '_delta_index/part-1.parquet',
      '_delta_log/_sidecars/part-1.parquet',
      '_part-1.parquet',
      '_secret=1/part-1.parquet',
      'README.md',
      'a/_hidden/part-1.parquet',
      'inner/_delta_log/00000000000000000000.json',
      'inner/day=1/part-1.parquet',
      'inner/part-1.parquet',
    ];
    const gone = [
      'day=1/part-1.parquet',
      'deletion_vector_1.bin',
      'inner-not/part-1.parquet',
      'part-1.parquet',
    ];
    for (const key of [...kept, ...gone]) await store.put(key, Buffer.from('x'));
    deps.advance(8 * DAY);
    const report = await sweep();
    expect(report!.files.map(({ key }) => key)).toEqual(gone);
    const all = (await collect(store.list(''))).map(({ key }) => key);
    expect(all).toEqual(expect.arrayContaining(kept));
  });

  it('finds what was left behind in partitions, however their folders are called', async () => {
    const deps = createDeps();
    const store = createMemoryStore(deps.clock);
    const schema = struct([field('_date', 'string'), field('id', 'long')]);
    const base = await createTable(store, { schema, partitionColumns: ['_date'] }, deps);
    const rows = ['a/b', 'ü', null].map((day, id) => ({ _date: day, id }));
    const adds = await writeFiles(store, batchOf(schema, rows), { partitionColumns: ['_date'] }, deps);
    await writeFiles(store, batchOf(schema, rows), { partitionColumns: ['_date'] }, deps);
    await commit(store, { base, operation: 'WRITE', adds, reads: 'nothing' }, deps);
    deps.advance(8 * DAY);
    expect(await vacuum(store, {}, deps)).toMatchObject({ deleted: 3 });
    expect(await rowsOf(store)).toHaveLength(3);
  });

  it('keeps deletion vectors that are referred to, and files that are named by their whole address', async () => {
    const { store, deps } = await tableOf([[1]]);
    const [add] = (await loadSnapshot(store))!.files;
    const bytes = (await store.get(add!.path))!;
    await store.put('part-own.parquet', bytes);
    const uuid = Buffer.from('0123456789abcdef0123456789abcdef', 'hex');
    const vector = (offset: number) => ({
      storageType: 'u' as const,
      pathOrInlineDv: `ab${encodeZ85(uuid)}`,
      offset,
      sizeInBytes: 40,
      cardinality: 1,
    });
    const key = 'ab/deletion_vector_01234567-89ab-cdef-0123-456789abcdef.bin';
    await store.put(key, Buffer.from('x'));
    await store.put('ab/deletion_vector_00000000-89ab-cdef-0123-456789abcdef.bin', Buffer.from('x'));
    const lines = [
      { remove: { path: add!.path, dataChange: true, deletionTimestamp: deps.clock() } },
      { add: { ...add, deletionVector: vector(1) } },
      { add: { ...add, path: 's3://bucket/table/part-own.parquet' } },
    ];
    const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
    await store.put('_delta_log/00000000000000000002.json', Buffer.from(text));
    deps.advance(8 * DAY);
    const report = await vacuum(store, {}, deps);
    expect(report!.files.map((file) => file.key)).toEqual([
      'ab/deletion_vector_00000000-89ab-cdef-0123-456789abcdef.bin',
    ]);
    expect(await keysOf(store)).toEqual([key, add!.path, 'part-own.parquet']);
  });

  it('stops in time, and says that there is more', async () => {
    const { store, deps, sweep } = await tableOf([[1], [2]]);
    await optimize(store, {}, deps);
    deps.advance(8 * DAY);
    expect(await sweep({ until: 0 })).toMatchObject({ deleted: 0, complete: false });
    expect(await vacuum(createMemoryStore(), {}, deps)).toBeUndefined();
  });
});

const Z85 = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#';

function encodeZ85(bytes: Buffer): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 4) {
    const word = bytes.readUInt32BE(at);
    for (let power = 85 ** 4; power >= 1; power /= 85) text += Z85[Math.floor(word / power) % 85];
  }
  return text;
}
