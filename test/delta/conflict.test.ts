import { describe, expect, it } from 'vitest';
import { commit } from '../../src/delta/commit.ts';
import { readCommits } from '../../src/delta/read-commits.ts';
import { removeOf } from '../../src/delta/remove.ts';
import { loadTableState } from '../../src/delta/snapshot.ts';
import { withSchema } from '../../src/delta/table-schema.ts';
import { commitPath } from '../../src/delta/log-path.ts';
import { field, struct } from '../../src/columns/types.ts';
import { createMemoryStore } from '../../src/stores/memory-store.ts';
import { collect } from '../support/collect.ts';
import { append, createDeps, createTwoColumns, fileOf, rowsOf, twoColumns } from '../support/delta-rig.ts';

describe('a conflict', () => {
  type Case = { readonly ours: string; readonly rival: string; readonly reason: string | undefined };
  const cases: Case[] = [
    { ours: 'blind append', rival: 'append', reason: undefined },
    { ours: 'blind append', rival: 'remove of f', reason: undefined },
    { ours: 'blind append', rival: 'metadata', reason: 'metadata' },
    { ours: 'blind append', rival: 'protocol', reason: 'protocol' },
    { ours: 'blind append', rival: 'txn', reason: 'txn' },
    { ours: 'blind append', rival: 'other txn', reason: undefined },
    { ours: 'remove of f', rival: 'append', reason: undefined },
    { ours: 'remove of f', rival: 'remove of f', reason: 'removed' },
    { ours: 'remove of f', rival: 'remove of g', reason: undefined },
    { ours: 'read of f', rival: 'remove of f', reason: 'removed' },
    { ours: 'read of f', rival: 'append', reason: undefined },
    { ours: 'read of f and what matches', rival: 'append', reason: 'added' },
    { ours: 'read of f and what matches', rival: 'append elsewhere', reason: undefined },
    { ours: 'read of f and what matches', rival: 'rewrite of g', reason: undefined },
    { ours: 'read of the table', rival: 'append', reason: 'added' },
    { ours: 'read of the table', rival: 'remove of g', reason: 'removed' },
    { ours: 'read of the table', rival: 'rewrite of g', reason: 'removed' },
    { ours: 'read of the table', rival: 'other txn', reason: undefined },
  ];
  it.each(cases)('$ours against $rival: $reason', async ({ ours, rival, reason }) => {
    const store = createMemoryStore();
    const deps = createDeps();
    const [f, g] = [await fileOf(store, deps, 1), await fileOf(store, deps, 2)];
    const base = await append(store, await createTwoColumns(store, deps), deps, [], { adds: [f, g] });
    const [x, y] = [await fileOf(store, deps, 3), await fileOf(store, deps, 4)];
    const requests: Record<string, object> = {
      append: { adds: [x] },
      'append elsewhere': { adds: [{ ...x, tags: { elsewhere: 'true' } }] },
      'remove of f': { removes: [removeOf(f, 1, true)] },
      'remove of g': { removes: [removeOf(g, 1, true)] },
      'rewrite of g': { removes: [removeOf(g, 1, false)], adds: [{ ...x, dataChange: false }] },
      metadata: {
        metadata: withSchema(base.metadata, struct([...twoColumns.fields, field('more', 'long')])),
      },
      txn: { txns: [{ appId: 'app', version: 2 }] },
      'other txn': { txns: [{ appId: 'other', version: 2 }] },
      'blind append': { adds: [y], txns: [{ appId: 'app', version: 1 }] },
      'read of f': { adds: [y], reads: { files: [f] } },
      'read of f and what matches': {
        adds: [y],
        reads: { files: [f], matches: (add: { tags?: object }) => add.tags === undefined },
      },
      'read of the table': { adds: [y], reads: 'table' },
    };
    if (rival === 'protocol') {
      await store.put(commitPath(2), Buffer.from('{"protocol":{"minReaderVersion":1,"minWriterVersion":3}}'));
    } else {
      const won = await commit(
        store,
        { base, operation: 'RIVAL', reads: 'nothing', ...requests[rival] },
        deps,
      );
      expect(won.kind).toBe('committed');
    }
    const result = await commit(
      store,
      { base, operation: 'OURS', reads: 'nothing', ...requests[ours] },
      deps,
    );
    if (reason === undefined) expect(result).toMatchObject({ kind: 'committed', state: { version: 3 } });
    else expect(result).toMatchObject({ kind: 'conflict', reason, state: { version: 2 } });
  });

  it('brings the newest state, so that planning anew sees everything', async () => {
    const store = createMemoryStore();
    const deps = createDeps();
    const base = await createTwoColumns(store, deps);
    const rival = await append(store, base, deps, [1], { txns: [{ appId: 'a', version: 7 }] });
    await append(store, rival, deps, [2], { txns: [{ appId: 'b', version: 8 }] });
    const result = await commit(
      store,
      { base, operation: 'WRITE', txns: [{ appId: 'a', version: 1 }], reads: 'nothing' },
      deps,
    );
    expect(result.kind).toBe('conflict');
    expect(result.state.version).toBe(2);
    expect(Object.fromEntries(result.state.txns)).toEqual({ a: 7, b: 8 });
  });
});

describe('many writers', () => {
  it('16 writers with 12 commits each lose nothing and double nothing', async () => {
    const store = createMemoryStore();
    const deps = createDeps();
    const base = await createTwoColumns(store, deps);
    const writer = async (w: number) => {
      let state = base;
      for (let i = 0; i < 12; i++) {
        state = await append(store, state, deps, [100 * w + i], { txns: [{ appId: `w${w}`, version: i }] });
      }
    };
    await Promise.all(Array.from({ length: 16 }, (_, w) => writer(w)));
    const state = await loadTableState(store);
    expect(state?.version).toBe(192);
    expect(new Set(state?.txns.values())).toEqual(new Set([11]));
    expect(new Set(await rowsOf(store)).size).toBe(192);
    expect(await collect(readCommits(store, 1, 192))).toHaveLength(192);
  });
});
