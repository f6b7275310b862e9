import { describe, expect, it } from 'vitest';
import { writeCheckpoint } from '../../src/delta/checkpoint.ts';
import { commit } from '../../src/delta/commit.ts';
import { commitPath } from '../../src/delta/log-path.ts';
import { createMemoryStore } from '../../src/stores/memory-store.ts';
import { append, createDeps, createTwoColumns, rowsOf } from '../support/delta-rig.ts';

describe('a writer that slept', () => {
  const age = 40 * 24 * 3_600_000;

  it('does not commit into the past that log clean-up has freed', async () => {
    const store = createMemoryStore();
    const deps = createDeps();
    const old = await append(store, await createTwoColumns(store, deps), deps, [1]);
    let state = old;
    for (let i = 2; i < 8; i++) state = await append(store, state, deps, [i]);
    await writeCheckpoint(store, {}, deps);
    for (let version = 0; version < state.version; version++) await store.delete(commitPath(version));
    deps.advance(age);
    const result = await append(store, old, deps, [99]);
    expect(result.version).toBe(state.version + 1);
    expect(await rowsOf(store)).toHaveLength(8);
  });

  it('gives a conflict where what it stands on may have changed meanwhile', async () => {
    const store = createMemoryStore();
    const deps = createDeps();
    const old = await createTwoColumns(store, deps);
    const state = await append(store, old, deps, [1], { txns: [{ appId: 'a', version: 9 }] });
    await writeCheckpoint(store, {}, deps);
    await store.delete(commitPath(0));
    deps.advance(age);
    const request = { base: old, operation: 'WRITE', reads: 'nothing' } as const;
    const result = await commit(store, { ...request, txns: [{ appId: 'a', version: 1 }] }, deps);
    expect(result).toMatchObject({ kind: 'conflict', reason: 'txn', state: { version: state.version } });
    expect(await commit(store, { ...request, reads: 'table' }, deps)).toMatchObject({
      kind: 'conflict',
      reason: 'removed',
    });
  });
});
