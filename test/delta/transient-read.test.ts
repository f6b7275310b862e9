import { describe, expect, it } from 'vitest';
import { writeCheckpoint } from '../../src/delta/checkpoint.ts';
import { loadSnapshot, loadTableState } from '../../src/delta/snapshot.ts';
import { StoreError } from '../../src/stores/store-error.ts';
import { createMemoryStore } from '../../src/stores/memory-store.ts';
import { append, createDeps, createTwoColumns, watch } from '../support/delta-rig.ts';

describe('a store that is ill while a checkpoint is read', () => {
  // a table that is taken for corrupt refuses its readings for good: they would go to the quarantine
  it.each([
    ['snapshot', loadSnapshot],
    ['state', loadTableState],
  ] as const)('says nothing about the checkpoint to who loads a %s', async (_, load) => {
    const inner = createMemoryStore();
    const deps = createDeps();
    const base = await createTwoColumns(inner, deps);
    await append(inner, base, deps, [1]);
    await writeCheckpoint(inner, {}, deps);
    const store = watch(inner, ({ method }) =>
      method === 'getRange' ? { kind: 'refused', complaint: 'slow-down' } : undefined,
    );
    const error = await load(store).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(StoreError);
    expect(error).toMatchObject({ retriable: true });
    expect((await load(inner))?.version).toBe(1);
  });
});
