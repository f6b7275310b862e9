import { describe, expect, it } from 'vitest';
import { LogGoneError } from '../../src/delta/errors.ts';
import { readCommits } from '../../src/delta/read-commits.ts';
import { scan } from '../../src/delta/scan.ts';
import { loadSnapshot } from '../../src/delta/snapshot.ts';
import { commitPath } from '../../src/delta/log-path.ts';
import { createMemoryStore } from '../../src/stores/memory-store.ts';
import { type ObjectStore } from '../../src/stores/object-store.ts';
import { collect } from '../support/collect.ts';
import { append, createDeps, createTwoColumns, watch } from '../support/delta-rig.ts';

/** A table of versions 0…n, row n added at version n. */
async function tableOf(versions: number, store: ObjectStore = createMemoryStore()) {
  const deps = createDeps();
  let state = await createTwoColumns(store, deps);
  for (let i = 1; i <= versions; i++)
    state = await append(store, state, deps, [i], { txns: [{ appId: 'a', version: i }] });
  return { store, deps, state };
}

describe('readCommits', () => {
  it('gives the commits in order, and says which one is gone', async () => {
    const { store } = await tableOf(20);
    const commits = await collect(readCommits(store, 3, 20));
    expect(commits.map(({ version }) => version)).toEqual(Array.from({ length: 18 }, (_, i) => i + 3));
    expect(commits[0]!.actions).toContainEqual({ txn: expect.objectContaining({ appId: 'a', version: 3 }) });
    await store.delete(commitPath(4));
    const reading = collect(readCommits(store, 3, 20));
    await expect(reading).rejects.toBeInstanceOf(LogGoneError);
    await expect(reading).rejects.toMatchObject({ version: 4 });
  });
});

describe('scan', () => {
  it('takes the columns that are asked for, and no file that cannot hold what is looked for', async () => {
    const { store } = await tableOf(10);
    const watched = watch(store);
    const snapshot = (await loadSnapshot(store))!;
    const where = [{ column: 'id', min: 4, max: 5n }];
    const batches = await collect(scan(watched, snapshot, { columns: ['name'], where }));
    expect(batches.map((batch) => batch.columns.map(({ values }) => values))).toEqual([[['n4']], [['n5']]]);
    expect(watched.calls.get).toBe(2);
    expect(await collect(scan(store, snapshot, { where: [{ column: 'name', min: 'n9' }] }))).toHaveLength(1);
    await expect(collect(scan(store, snapshot, { columns: ['nope'] }))).rejects.toThrow(
      'no column nope, but id, name',
    );
    await expect(collect(scan(store, snapshot, { where: [{ column: 'nope' }] }))).rejects.toThrow(
      'no column nope',
    );
  });
});
