import { describe, expect, it } from 'vitest';
import { field, struct } from '../../src/columns/types.ts';
import { commit } from '../../src/delta/commit.ts';
import { DeltaError } from '../../src/delta/errors.ts';
import { removeOf } from '../../src/delta/remove.ts';
import { loadSnapshot, loadTableState } from '../../src/delta/snapshot.ts';
import { withSchema } from '../../src/delta/table-schema.ts';
import { createMemoryStore } from '../../src/stores/memory-store.ts';
import { type ObjectStore } from '../../src/stores/object-store.ts';
import { collect } from '../support/collect.ts';
import { append, createDeps, createTwoColumns, rowsOf, twoColumns } from '../support/delta-rig.ts';

/** A table of versions 0…n, row n added at version n. */
async function tableOf(versions: number, store: ObjectStore = createMemoryStore()) {
  const deps = createDeps();
  let state = await createTwoColumns(store, deps);
  for (let i = 1; i <= versions; i++)
    state = await append(store, state, deps, [i], { txns: [{ appId: 'a', version: i }] });
  return { store, deps, state };
}

describe('a snapshot', () => {
  it('is undefined where there is no table', async () => {
    const store = createMemoryStore();
    expect(await loadSnapshot(store)).toBeUndefined();
    expect(await loadTableState(store)).toBeUndefined();
    await store.put('_delta_log/notes.txt', Buffer.from('x'));
    expect(await loadSnapshot(store)).toBeUndefined();
  });

  it('is of any version, with the schema of that version', async () => {
    const { store, deps, state } = await tableOf(3);
    const wider = withSchema(state.metadata, struct([...twoColumns.fields, field('more', 'double')]));
    const result = await commit(
      store,
      { base: state, operation: 'CHANGE COLUMN', metadata: wider, reads: 'nothing' },
      deps,
    );
    expect(result.state.schema.fields.map(({ name }) => name)).toEqual(['id', 'name', 'more']);
    expect(await rowsOf(store, 2)).toEqual(['{"id":1,"name":"n1"}', '{"id":2,"name":"n2"}']);
    expect((await rowsOf(store))[0]).toBe('{"id":1,"name":"n1","more":null}');
    await expect(loadSnapshot(store, { version: 9 })).rejects.toThrow(
      'version 9 does not exist: the newest is 4',
    );
  });

  it('is of a time, by the times of the commits', async () => {
    let now = 0;
    const store = createMemoryStore(() => (now += 1_000));
    await tableOf(3, store);
    const times = (await collect(store.list('_delta_log/'))).map(({ modifiedAt }) => modifiedAt);
    expect((await loadSnapshot(store, { asOf: times[1]! }))?.version).toBe(1);
    expect((await loadSnapshot(store, { asOf: times[2]! - 1 }))?.version).toBe(1);
    expect((await loadSnapshot(store, { asOf: now }))?.version).toBe(3);
    await expect(loadSnapshot(store, { asOf: times[0]! - 1 })).rejects.toBeInstanceOf(DeltaError);
  });

  it('leaves out what was removed, and takes the same path again', async () => {
    const { store, deps, state } = await tableOf(2);
    const [first] = (await loadSnapshot(store))!.files;
    const removed = await commit(
      store,
      { base: state, operation: 'DELETE', removes: [removeOf(first!, 1, true)], reads: 'nothing' },
      deps,
    );
    expect(await rowsOf(store)).toEqual(['{"id":2,"name":"n2"}']);
    await commit(
      store,
      { base: removed.state, operation: 'RESTORE', adds: [first!], reads: 'nothing' },
      deps,
    );
    expect(await rowsOf(store)).toHaveLength(2);
  });
});
