import { describe, expect, it } from 'vitest';
import { commit } from '../../src/delta/commit.ts';
import { TableRefusedError, UnsupportedFeatureError } from '../../src/delta/errors.ts';
import { field, struct } from '../../src/columns/types.ts';
import { createMemoryStore } from '../../src/stores/memory-store.ts';
import { append, createDeps, createTwoColumns } from '../support/delta-rig.ts';

describe('a table that must not be written', () => {
  it.each([
    [{ minReaderVersion: 1, minWriterVersion: 4 }, 'minWriterVersion 4'],
    [
      { minReaderVersion: 1, minWriterVersion: 7, writerFeatures: ['appendOnly', 'rowTracking'] },
      'rowTracking',
    ],
    [
      {
        minReaderVersion: 3,
        minWriterVersion: 7,
        readerFeatures: ['columnMapping'],
        writerFeatures: ['columnMapping'],
      },
      'columnMapping',
    ],
    [{ minReaderVersion: 9, minWriterVersion: 7 }, 'minReaderVersion 9'],
  ])('is refused by its protocol %j, naming %s', async (protocol, feature) => {
    const store = createMemoryStore();
    const deps = createDeps();
    const state = { ...(await createTwoColumns(store, deps)), protocol };
    const refused = commit(store, { base: state, operation: 'WRITE', reads: 'nothing' }, deps);
    await expect(refused).rejects.toThrow(feature);
    await expect(refused).rejects.toBeInstanceOf(UnsupportedFeatureError);
    await expect(refused).rejects.toBeInstanceOf(TableRefusedError);
    await expect(refused).rejects.toMatchObject({
      retriable: false,
      feature: expect.stringContaining(feature),
    });
  });

  it('may be writer 7 as long as its features ask nothing of an append', async () => {
    const store = createMemoryStore();
    const deps = createDeps();
    const state = await createTwoColumns(store, deps);
    const protocol = {
      minReaderVersion: 1,
      minWriterVersion: 7,
      writerFeatures: ['appendOnly', 'invariants'],
    };
    await append(store, { ...state, protocol }, deps, [1]);
    const metadata = { 'delta.invariants': '{}' };
    const schema = struct([{ ...field('id', 'long'), metadata }]);
    await expect(append(store, { ...state, schema }, deps, [1])).rejects.toThrow('invariants (column id)');
  });
});
