import { describe, expect, it } from 'vitest';
import { writeCheckpoint } from '../../src/delta/checkpoint.ts';
import { createTable } from '../../src/delta/create-table.ts';
import { CorruptLogError, DeltaError } from '../../src/delta/errors.ts';
import { readCommits } from '../../src/delta/read-commits.ts';
import { commitPath } from '../../src/delta/log-path.ts';
import { field, struct } from '../../src/columns/types.ts';
import { createMemoryStore } from '../../src/stores/memory-store.ts';
import { collect } from '../support/collect.ts';
import { append, createDeps, createTwoColumns, twoColumns, watch } from '../support/delta-rig.ts';

describe('createTable', () => {
  it('writes version 0 with protocol, metadata and nothing else that readers would need to understand', async () => {
    const store = createMemoryStore();
    const state = await createTwoColumns(store, createDeps());
    const [first] = await collect(readCommits(store, 0, 0));
    expect(first!.actions.map((action) => Object.keys(action)[0])).toEqual([
      'commitInfo',
      'protocol',
      'metaData',
    ]);
    expect(state.protocol).toEqual({ minReaderVersion: 1, minWriterVersion: 2 });
    expect(state.schema).toEqual(twoColumns);
  });

  it('loads the table that is there, also where version 0 is long gone', async () => {
    const store = createMemoryStore();
    const deps = createDeps();
    const made = await append(store, await createTwoColumns(store, deps), deps, [1]);
    expect((await createTwoColumns(store, deps)).metadata.id).toBe(made.metadata.id);
    await writeCheckpoint(store, {}, deps);
    await store.delete(commitPath(0));
    const again = await createTwoColumns(store, deps);
    expect(again).toMatchObject({ version: 1, metadata: { id: made.metadata.id } });
  });

  it('lets one of many creators win, and gives all the same table', async () => {
    const store = createMemoryStore();
    const deps = createDeps();
    const states = await Promise.all(Array.from({ length: 8 }, () => createTwoColumns(store, deps)));
    expect(new Set(states.map((state) => state.metadata.id)).size).toBe(1);
  });

  it.each([
    [struct([field('a b', 'long')]), [], 'column name "a b"'],
    [struct([field('a', 'long'), field('A', 'long')]), [], 'stands twice'],
    [struct([field('a', 'timestamp_ntz')]), [], 'timestampNtz'],
    [struct([field('a', 'decimal(39,0)')]), [], 'unknown type decimal(39,0)'],
    [struct([field('a', 'long')]), ['b'], 'partition column b is not in the schema'],
    [struct([field('a', 'long')]), ['a'], 'no partition column'],
    [struct([field('a', 'long'), field('b', 'binary')]), ['b'], 'partition column b is binary'],
  ])('refuses what not every reader takes: %#', async (schema, partitionColumns, message) => {
    const store = watch(createMemoryStore());
    const creating = createTable(store, { schema, partitionColumns }, createDeps());
    await expect(creating).rejects.toThrow(message);
    await expect(creating).rejects.toBeInstanceOf(DeltaError);
    expect(store.calls.putIfAbsent).toBe(0);
  });

  it('refuses a commit whose winner cannot be read', async () => {
    const store = createMemoryStore();
    const deps = createDeps();
    const base = await createTwoColumns(store, deps);
    await store.put(commitPath(1), Buffer.from('{"add":{"path":"x"'));
    const appending = append(store, base, deps, [1]);
    await expect(appending).rejects.toBeInstanceOf(CorruptLogError);
    await expect(appending).rejects.toThrow('_delta_log/00000000000000000001.json: line 1 is no JSON');
  });
});
