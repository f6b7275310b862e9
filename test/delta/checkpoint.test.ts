import { readCheckpoint } from '../../src/delta/checkpoint-reader.ts';
import { findSegment } from '../../src/delta/log-segment.ts';
import { describe, expect, it } from 'vitest';
import type { AddFile } from '../../src/delta/actions.ts';
import { writeCheckpoint } from '../../src/delta/checkpoint.ts';
import { commit } from '../../src/delta/commit.ts';
import { removeOf } from '../../src/delta/remove.ts';
import { loadSnapshot, loadTableState } from '../../src/delta/snapshot.ts';
import type { TableState } from '../../src/delta/table-state.ts';
import { checkpointPath, commitPath, LAST_CHECKPOINT_PATH } from '../../src/delta/log-path.ts';
import { createMemoryStore } from '../../src/stores/memory-store.ts';
import { type ObjectStore } from '../../src/stores/object-store.ts';
import { collect } from '../support/collect.ts';
import { append, createDeps, createTwoColumns, rowsOf, watch } from '../support/delta-rig.ts';

const WEEK_MS = 7 * 24 * 3_600_000;

/** A table of versions 0…n, row n added at version n. */
async function tableOf(versions: number, store: ObjectStore = createMemoryStore()) {
  const deps = createDeps();
  let state = await createTwoColumns(store, deps);
  for (let i = 1; i <= versions; i++)
    state = await append(store, state, deps, [i], { txns: [{ appId: 'a', version: i }] });
  return { store, deps, state };
}

describe('a checkpoint', () => {
  it('stands for the log before it', async () => {
    const { store, deps, state } = await tableOf(12);
    const [first] = (await loadSnapshot(store))!.files;
    await commit(
      store,
      { base: state, operation: 'DELETE', removes: [removeOf(first!, deps.clock(), true)], reads: 'nothing' },
      deps,
    );
    const before = await loadSnapshot(store);
    expect(await writeCheckpoint(store, {}, deps)).toBe(13);
    for (let version = 0; version <= 13; version++) await store.delete(commitPath(version));
    const after = await loadSnapshot(store);
    const plain = (files: typeof before) =>
      files?.files.map((file) => ({ ...file, dataChange: true })).sort((a, b) => (a.path < b.path ? -1 : 1));
    expect(plain(after)).toEqual(plain(before));
    expect({ ...after, files: [], seenAt: 0 }).toEqual({ ...before, files: [], seenAt: 0 });
    const next = await append(store, (await loadTableState(store))!, deps, [99]);
    expect(next.version).toBe(14);
    expect(await rowsOf(store)).toHaveLength(12);
  });

  it('is due by delta.checkpointInterval, ten commits where nothing is said', async () => {
    const { store, deps } = await tableOf(9);
    expect(await writeCheckpoint(store, { ifDue: true }, deps)).toBeUndefined();
    await append(store, (await loadTableState(store))!, deps, [10]);
    expect(await writeCheckpoint(store, { ifDue: true }, deps)).toBe(10);
    expect(await writeCheckpoint(store, { ifDue: true }, deps)).toBeUndefined();
    expect(await writeCheckpoint(store, {}, deps)).toBeUndefined();
    const other = createMemoryStore();
    const state = await createTwoColumns(other, deps, { 'delta.checkpointInterval': '2' });
    await append(other, await append(other, state, deps, [1]), deps, [2]);
    expect(await writeCheckpoint(other, { ifDue: true }, deps)).toBe(2);
    expect(await writeCheckpoint(createMemoryStore(), {}, deps)).toBeUndefined();
  });

  it('keeps tombstones until they expire, and never commitInfo', async () => {
    const { store, deps, state } = await tableOf(2);
    const [a, b] = (await loadSnapshot(store))!.files;
    const remove = async (base: TableState, add: AddFile) => {
      // from the commit on the time counts, whenever it was planned
      const removes = [removeOf(add, 0, true)];
      return (await commit(store, { base, operation: 'DELETE', removes, reads: 'nothing' }, deps)).state;
    };
    const next = await remove(state, a!);
    deps.advance(WEEK_MS);
    await remove(next, b!);
    await writeCheckpoint(store, {}, deps);
    const { checkpoint } = (await findSegment(store))!;
    const actions = (
      await collect(readCheckpoint(store, checkpoint!, ['protocol', 'metaData', 'txn', 'add', 'remove']))
    ).flat();
    expect(actions.map((action) => Object.keys(action)[0]).sort()).toEqual([
      'metaData',
      'protocol',
      'remove',
      'txn',
    ]);
    expect(actions.find((action) => 'remove' in action)).toMatchObject({ remove: { path: b!.path } });
  });

  it('never moves the hint backwards', async () => {
    const { store, deps } = await tableOf(3);
    const hint = JSON.stringify({ version: 100, size: 1 });
    await store.put(LAST_CHECKPOINT_PATH, Buffer.from(hint));
    expect(await writeCheckpoint(store, {}, deps)).toBe(3);
    expect(Buffer.from((await store.get(LAST_CHECKPOINT_PATH))!).toString()).toBe(hint);
    expect((await loadSnapshot(store))?.version).toBe(3);
  });

  it.each(['{', '{"version":-1}', '{"version":"x"}', '{"version":2,"size":1}', '', 'null'])(
    'survives the hint %j',
    async (hint) => {
      const { store, deps } = await tableOf(5);
      await writeCheckpoint(store, {}, deps);
      await append(store, (await loadTableState(store))!, deps, [6]);
      await store.put(LAST_CHECKPOINT_PATH, Buffer.from(hint));
      expect((await loadTableState(store))?.version).toBe(6);
      expect(await rowsOf(store)).toHaveLength(6);
    },
  );

  it('spares a writer the file list, and a reader the log before it', async () => {
    const { store, deps } = await tableOf(60);
    await writeCheckpoint(store, {}, deps);
    await append(store, (await loadTableState(store))!, deps, [61]);
    const watched = watch(store);
    const state = await loadTableState(watched);
    expect(state?.txns.get('a')).toBe(60);
    expect(watched.calls).toMatchObject({ list: 1, get: 2 });
    const size = (await collect(store.list(checkpointPath(60))))[0]!.size;
    let fetched = 0;
    const metered = {
      ...store,
      getRange: async (key: string, offset: number, length: number) => (
        (fetched += length),
        store.getRange(key, offset, length)
      ),
    };
    await loadTableState(metered);
    expect(fetched).toBeLessThanOrEqual(size + 4_096);
  });
});
