import { describe, expect, it } from 'vitest';
import { field, struct } from '../../src/columns/types.ts';
import { commit } from '../../src/delta/commit.ts';
import { createTable } from '../../src/delta/create-table.ts';
import { writeManifests } from '../../src/delta/manifests.ts';
import { removeOf } from '../../src/delta/remove.ts';
import { loadSnapshot, loadTableState } from '../../src/delta/snapshot.ts';
import { writeFiles } from '../../src/delta/write-files.ts';
import { createMemoryStore } from '../../src/stores/memory-store.ts';
import { collect } from '../support/collect.ts';
import { append, batchOf, createDeps, createTwoColumns } from '../support/delta-rig.ts';

describe('symlink manifests', () => {
  it('list the files of each partition by their addresses, and forget partitions that are gone', async () => {
    const deps = createDeps();
    const store = createMemoryStore();
    const schema = struct([field('site', 'string'), field('id', 'long')]);
    const partitionColumns = ['site'];
    const base = await createTable(store, { schema, partitionColumns }, deps);
    const rows = ['a', 'b:c', null].map((site, id) => ({ site, id }));
    const adds = await writeFiles(store, batchOf(schema, rows), { partitionColumns }, deps);
    await commit(store, { base, operation: 'WRITE', adds, reads: 'nothing' }, deps);
    const report = await writeManifests(store, 's3://lake/tables/t/', deps);
    expect(report).toEqual({ version: 1, manifests: 3, files: 3, removed: 0 });
    const key = (folder: string) => `_symlink_format_manifest/${folder}/manifest`;
    const read = async (folder: string) => Buffer.from((await store.get(key(folder)))!).toString();
    expect(await read('site=b%3Ac')).toMatch(/^s3:\/\/lake\/tables\/t\/site=b%3Ac\/part-.*\.parquet\n$/);
    expect(await read('site=__HIVE_DEFAULT_PARTITION__')).toContain('site=__HIVE_DEFAULT_PARTITION__/part-');
    const gone = (await loadSnapshot(store))!.files.filter((add) => add.partitionValues['site'] === 'a');
    const removes = gone.map((add) => removeOf(add, 0, true));
    await commit(
      store,
      { base: (await loadTableState(store))!, operation: 'DELETE', removes, reads: 'table' },
      deps,
    );
    expect(await writeManifests(store, 's3://lake/tables/t', deps)).toMatchObject({
      manifests: 2,
      removed: 1,
    });
    expect(await store.get(key('site=a'))).toBeUndefined();
  });

  it('are one, empty or not, where there are no partitions', async () => {
    const deps = createDeps();
    const store = createMemoryStore();
    const state = await createTwoColumns(store, deps);
    const read = async () => Buffer.from((await store.get('_symlink_format_manifest/manifest'))!).toString();
    await writeManifests(store, 's3://b/t', deps);
    expect(await read()).toBe('');
    await append(store, await append(store, state, deps, [1]), deps, [2]);
    await writeManifests(store, 's3://b/t', deps);
    const files = (await loadSnapshot(store))!.files.map(({ path }) => `s3://b/t/${path}\n`);
    expect(await read()).toBe(files.join(''));
    expect(await collect(store.list('_symlink_format_manifest/'))).toHaveLength(1);
    expect(await writeManifests(createMemoryStore(), 's3://b/t', deps)).toBeUndefined();
  });

  it('refuse files with deleted rows, which they could not leave out', async () => {
    const deps = createDeps();
    const store = createMemoryStore();
    await append(store, await createTwoColumns(store, deps), deps, [1]);
    const [add] = (await loadSnapshot(store))!.files;
    const deletionVector = { storageType: 'i', pathOrInlineDv: 'x', sizeInBytes: 1, cardinality: 1 };
    const lines = [{ add: { ...add, deletionVector } }, { remove: { path: add!.path, dataChange: true } }];
    const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
    await store.put('_delta_log/00000000000000000002.json', Buffer.from(text));
    await expect(writeManifests(store, 's3://b/t', deps)).rejects.toThrow('optimize the table first');
  });
});
