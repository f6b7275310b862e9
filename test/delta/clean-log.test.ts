import { describe, expect, it } from 'vitest';
import { writeCheckpoint } from '../../src/delta/checkpoint.ts';
import { cleanLog } from '../../src/delta/clean-log.ts';
import { LogGoneError, VersionGoneError } from '../../src/delta/errors.ts';
import { readCommits } from '../../src/delta/read-commits.ts';
import { loadSnapshot, loadTableState } from '../../src/delta/snapshot.ts';
import { createMemoryStore } from '../../src/stores/memory-store.ts';
import type { ObjectStore } from '../../src/stores/object-store.ts';
import { collect } from '../support/collect.ts';
import { append, createDeps, createTwoColumns, rowsOf } from '../support/delta-rig.ts';

const DAY = 24 * 3_600_000;

/** A commit a day, row n at version n, and checkpoints of those versions. */
async function tableOf(versions: number, checkpoints: readonly number[], configuration = {}) {
  const deps = createDeps();
  const store = createMemoryStore(deps.clock);
  let state = await createTwoColumns(store, deps, configuration);
  for (let version = 1; version <= versions; version++) {
    deps.advance(DAY);
    state = await append(store, state, deps, [version]);
    if (checkpoints.includes(version)) await writeCheckpoint(store, {}, deps);
  }
  return { store, deps };
}

async function logOf(store: ObjectStore): Promise<string[]> {
  const infos = await collect(store.list('_delta_log/'));
  return infos.map(({ key }) => key.replace(/^_delta_log\/0{0,19}/, ''));
}

describe('log clean-up', () => {
  it('keeps the newest checkpoint at or before the cut-off, its commit, and all after', async () => {
    const { store, deps } = await tableOf(45, [5, 10, 20, 40]);
    const all = await rowsOf(store);
    const dry = await cleanLog(store, { dryRun: true }, deps);
    expect(dry).toMatchObject({ version: 45, oldest: 10, deleted: 0, complete: false });
    expect(await cleanLog(store, {}, deps)).toMatchObject({ oldest: 10, deleted: 11, complete: true });
    const log = await logOf(store);
    expect(log.slice(0, 3)).toEqual(['10.checkpoint.parquet', '10.json', '11.json']);
    // commits 10 to 45, three checkpoints, the hint
    expect(log).toHaveLength(36 + 3 + 1);
    expect(await rowsOf(store)).toEqual(all);
    expect(await rowsOf(store, 10)).toHaveLength(10);
    expect(await rowsOf(store, 12)).toHaveLength(12);
    expect(await cleanLog(store, {}, deps)).toMatchObject({ oldest: 10, files: [], complete: true });
    const next = await append(store, (await loadTableState(store))!, deps, [46]);
    expect(next.version).toBe(46);
  });

  it('takes a hint along that names what goes, as a writer leaves it that dies before its hint', async () => {
    const { store, deps } = await tableOf(45, [5]);
    const hint = (await store.get('_delta_log/_last_checkpoint'))!;
    await writeCheckpoint(store, {}, deps);
    await store.put('_delta_log/_last_checkpoint', hint);
    deps.advance(60 * DAY);
    expect(await cleanLog(store, {}, deps)).toMatchObject({ oldest: 45, complete: true });
    expect(await store.get('_delta_log/_last_checkpoint')).toBeUndefined();
    expect(await rowsOf(store)).toHaveLength(45);
  });

  it('names what is gone', async () => {
    const { store, deps } = await tableOf(45, [10]);
    await cleanLog(store, {}, deps);
    const gone = loadSnapshot(store, { version: 9 });
    await expect(gone).rejects.toBeInstanceOf(VersionGoneError);
    await expect(gone).rejects.toMatchObject({
      oldest: 10,
      message: expect.stringContaining('version 9 is no'),
    });
    const early = loadSnapshot(store, { asOf: Date.UTC(2026, 0, 3) });
    await expect(early).rejects.toBeInstanceOf(VersionGoneError);
    await expect(early).rejects.toThrow('what stood at 2026-01-03T00:00:00.000Z is no longer in the log');
    await expect(loadSnapshot(store, { version: 46 })).rejects.toThrow('does not exist: the newest is 45');
    await expect(collect(readCommits(store, 9, 12))).rejects.toBeInstanceOf(LogGoneError);
  });

  it('leaves a log that can be read, wherever it stops', async () => {
    for (let deletions = 0; deletions <= 12; deletions++) {
      const { store, deps } = await tableOf(18, [4, 11], { 'delta.logRetentionDuration': 'interval 5 days' });
      const all = await rowsOf(store);
      let left = deletions;
      const mortal: ObjectStore = {
        ...store,
        delete: (key) => (left-- > 0 ? store.delete(key) : Promise.reject(new Error('power failure'))),
      };
      await cleanLog(mortal, {}, deps).catch(() => undefined);
      expect(await rowsOf(store)).toEqual(all);
      expect(await rowsOf(store, 11)).toHaveLength(11);
      for (const version of [0, 3, 4, 7, 10]) {
        const rows = await rowsOf(store, version).catch((error: unknown) => error);
        if (rows instanceof Error) expect(rows).toBeInstanceOf(VersionGoneError);
        else expect(rows).toHaveLength(version);
      }
    }
  });

  it('does nothing without a checkpoint that is old enough, or where the table forbids it', async () => {
    const none = await tableOf(45, []);
    expect(await cleanLog(none.store, {}, none.deps)).toMatchObject({ files: [], oldest: 0, complete: true });
    const young = await tableOf(45, [20]);
    expect(await cleanLog(young.store, {}, young.deps)).toMatchObject({ files: [], oldest: 0 });
    const forbidden = await tableOf(45, [10], { 'delta.enableExpiredLogCleanup': 'false' });
    expect(await cleanLog(forbidden.store, {}, forbidden.deps)).toMatchObject({ files: [], oldest: 0 });
    expect(await cleanLog(createMemoryStore(), {}, none.deps)).toBeUndefined();
  });

  it('goes by delta.logRetentionDuration, but never below what a writer relies on', async () => {
    const own = { 'delta.logRetentionDuration': 'interval 5 days' };
    const { store, deps } = await tableOf(45, [10, 40, 44], own);
    expect(await cleanLog(store, { dryRun: true }, deps)).toMatchObject({ oldest: 40 });
    expect(await cleanLog(store, { retention: 0 }, deps)).toMatchObject({ oldest: 44 });
  });

  it('takes checksums of its versions along, and nothing that spans versions', async () => {
    const { store, deps } = await tableOf(45, [10]);
    const spanning = '_delta_log/00000000000000000003.00000000000000000020.compacted.json';
    const others = ['_delta_log/00000000000000000003.crc', spanning, '_delta_log/_sidecars/a.parquet'];
    for (const key of others) await store.put(key, Buffer.from('x'));
    await cleanLog(store, {}, deps);
    const keys = (await collect(store.list('_delta_log/'))).map(({ key }) => key);
    expect(keys).not.toContain(others[0]);
    expect(keys).toEqual(expect.arrayContaining(others.slice(1)));
  });

  it('stops in time', async () => {
    const { store, deps } = await tableOf(45, [10]);
    expect(await cleanLog(store, { until: 0 }, deps)).toMatchObject({ deleted: 0, complete: false });
  });
});
