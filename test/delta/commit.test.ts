import { describe, expect, it } from 'vitest';
import { commit } from '../../src/delta/commit.ts';
import { removeOf } from '../../src/delta/remove.ts';
import { loadTableState } from '../../src/delta/snapshot.ts';
import { createMemoryStore } from '../../src/stores/memory-store.ts';
import { append, createDeps, createTwoColumns, fileOf, rowsOf, watch } from '../support/delta-rig.ts';

describe('a commit', () => {
  it('costs a warm blind append one PUT for its file and one for itself, and nothing else', async () => {
    const store = watch(createMemoryStore());
    const deps = createDeps();
    let state = await createTwoColumns(store, deps);
    for (let i = 0; i < 3; i++) {
      const before = { ...store.calls };
      state = await append(store, state, deps, [i], { txns: [{ appId: 'a', version: i }] });
      const spent = Object.entries(store.calls).map(([method, calls]) => [
        method,
        calls - before[method as 'get'],
      ]);
      expect(Object.fromEntries(spent)).toEqual({
        put: 1,
        putIfAbsent: 1,
        get: 0,
        getRange: 0,
        list: 0,
        delete: 0,
      });
    }
    expect(state.version).toBe(3);
    expect(state.txns.get('a')).toBe(2);
    expect(await rowsOf(store)).toHaveLength(3);
  });

  it('moves a blind append past rivals at one GET each', async () => {
    const inner = createMemoryStore();
    const deps = createDeps();
    const base = await createTwoColumns(inner, deps);
    let rival = base;
    for (let i = 0; i < 5; i++)
      rival = await append(inner, rival, deps, [i], { txns: [{ appId: 'rival', version: i }] });
    const store = watch(inner);
    const state = await append(store, base, deps, [9], { txns: [{ appId: 'ours', version: 1 }] });
    expect(state.version).toBe(6);
    expect(Object.fromEntries(state.txns)).toEqual({ rival: 4, ours: 1 });
    expect(store.calls).toMatchObject({ get: 5, list: 0, putIfAbsent: 6, put: 1 });
    expect(await rowsOf(inner)).toHaveLength(6);
  });

  it.each(['answer-lost', 'taken-for-rival'] as const)('knows its own commit (%s)', async (kind) => {
    const inner = createMemoryStore();
    const deps = createDeps();
    const base = await createTwoColumns(inner, deps);
    let faults = 1;
    const store = watch(inner, ({ method }) => {
      if (method !== 'putIfAbsent' || faults-- !== 1) return undefined;
      return kind === 'answer-lost' ? { kind, complaint: 'timeout' } : { kind };
    });
    const state = await append(store, base, deps, [1]);
    expect(state.version).toBe(1);
    expect(await rowsOf(inner)).toEqual(['{"id":1,"name":"n1"}']);
    expect((await loadTableState(inner))?.version).toBe(1);
  });

  it('knows its own commit even where a rival has gone on top of it', async () => {
    const inner = createMemoryStore();
    const deps = createDeps();
    const base = await createTwoColumns(inner, deps);
    let first = true;
    const store = {
      ...inner,
      putIfAbsent: async (key: string, bytes: Uint8Array) => {
        const answer = await inner.putIfAbsent(key, bytes);
        if (!first) return answer;
        first = false;
        await append(inner, { ...base, version: 1 }, deps, [7], { txns: [{ appId: 'a', version: 5 }] });
        throw Object.assign(new Error('connection reset'), { retriable: true });
      },
    };
    const state = await append(store, base, deps, [1], { txns: [{ appId: 'a', version: 4 }] });
    expect(state.version).toBe(1);
    expect((await loadTableState(inner))?.version).toBe(2);
    expect(await rowsOf(inner)).toHaveLength(2);
  });

  it('tries retriable faults again, eight times with growing waits, and says that they are', async () => {
    const inner = createMemoryStore();
    const deps = createDeps();
    const base = await createTwoColumns(inner, deps);
    const store = watch(inner, ({ method }) =>
      method === 'putIfAbsent' ? { kind: 'refused', complaint: 'slow-down' } : undefined,
    );
    await expect(append(store, base, deps, [1])).rejects.toMatchObject({ retriable: true });
    expect(store.calls.putIfAbsent).toBe(8);
    expect(deps.waits).toEqual([25, 50, 100, 200, 400, 800, 1_600]);
  });

  it('does not try again what cannot succeed', async () => {
    const inner = createMemoryStore();
    const deps = createDeps();
    const base = await createTwoColumns(inner, deps);
    let tries = 0;
    const store = { ...inner, putIfAbsent: () => (tries++, Promise.reject(new Error('access denied'))) };
    await expect(append(store, base, deps, [1])).rejects.toThrow('access denied');
    expect(tries).toBe(1);
  });

  it('is refused where it breaks a rule by itself', async () => {
    const store = createMemoryStore();
    const deps = createDeps();
    const base = await createTwoColumns(store, deps);
    const add = await fileOf(store, deps, 1);
    const twice = { base, operation: 'WRITE', adds: [add, add], reads: 'nothing' } as const;
    await expect(commit(store, twice, deps)).rejects.toThrow(`names file ${add.path} twice`);
    const txns = [1, 2].map((version) => ({ appId: 'a', version }));
    await expect(commit(store, { base, operation: 'WRITE', txns, reads: 'nothing' }, deps)).rejects.toThrow(
      'names txn a twice',
    );
    const foreign = { ...add, partitionValues: { day: '1' } };
    await expect(
      commit(store, { base, operation: 'WRITE', adds: [foreign], reads: 'nothing' }, deps),
    ).rejects.toThrow('partition values of [day], the table is partitioned by []');
    expect((await loadTableState(store))?.version).toBe(0);
  });

  it('removes no rows from an append-only table, and may rewrite it', async () => {
    const store = createMemoryStore();
    const deps = createDeps();
    let state = await createTwoColumns(store, deps, { 'delta.appendOnly': 'true' });
    const old = await fileOf(store, deps, 1);
    state = await append(store, state, deps, [], { adds: [old] });
    const request = { base: state, operation: 'DELETE', reads: { files: [old] } } as const;
    await expect(commit(store, { ...request, removes: [removeOf(old, 1, true)] }, deps)).rejects.toThrow(
      'append-only',
    );
    const rewritten = { ...(await fileOf(store, deps, 1)), dataChange: false };
    const result = await commit(
      store,
      { ...request, adds: [rewritten], removes: [removeOf(old, 1, false)] },
      deps,
    );
    expect(result.kind).toBe('committed');
  });
});
