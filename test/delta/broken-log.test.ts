import { describe, expect, it } from 'vitest';
import { writeCheckpoint } from '../../src/delta/checkpoint.ts';
import { CorruptLogError, UnsupportedFeatureError } from '../../src/delta/errors.ts';
import { removeOf } from '../../src/delta/remove.ts';
import { loadSnapshot, loadTableState } from '../../src/delta/snapshot.ts';
import { checkpointPath, commitPath } from '../../src/delta/log-path.ts';
import { createMemoryStore } from '../../src/stores/memory-store.ts';
import { type ObjectStore } from '../../src/stores/object-store.ts';
import { append, createDeps, createTwoColumns, fileOf, rowsOf } from '../support/delta-rig.ts';

/** A table of versions 0…n, row n added at version n. */
async function tableOf(versions: number, store: ObjectStore = createMemoryStore()) {
  const deps = createDeps();
  let state = await createTwoColumns(store, deps);
  for (let i = 1; i <= versions; i++)
    state = await append(store, state, deps, [i], { txns: [{ appId: 'a', version: i }] });
  return { store, deps, state };
}

describe('a log that is not whole', () => {
  it('is refused where a commit is missing, naming it', async () => {
    const { store } = await tableOf(5);
    await store.delete(commitPath(3));
    await expect(loadSnapshot(store)).rejects.toBeInstanceOf(CorruptLogError);
    await expect(loadSnapshot(store)).rejects.toThrow(
      `${commitPath(3)}: version 3 is missing; the log goes on with version 4`,
    );
    expect(await rowsOf(store, 2)).toHaveLength(2);
  });

  it('is refused where its beginning is gone', async () => {
    const { store } = await tableOf(2);
    await store.delete(commitPath(0));
    await expect(loadTableState(store)).rejects.toThrow('version 0 is missing; no checkpoint covers it');
  });

  it.each([
    ['{"add":{"path":1,"size":1,"modificationTime":1,"dataChange":true}}', 'add has 1 for its path'],
    ['{"txn":{"appId":"x"}}', 'txn has undefined for its version'],
    ['{"add":{}, "remove":{}}', 'several actions: add, remove'],
    ['{"frob":{}}', 'unknown action frob'],
    ['[1]', 'is no action'],
    ['{"add":', 'is no JSON'],
  ])('is refused where a line is %s', async (line, message) => {
    const { store } = await tableOf(1);
    await store.put(commitPath(2), Buffer.from(`{"commitInfo":{}}\n${line}\n`));
    await expect(loadSnapshot(store)).rejects.toThrow(`${commitPath(2)}: line 2`);
    await expect(loadSnapshot(store)).rejects.toThrow(message);
    await expect(loadTableState(store)).rejects.toBeInstanceOf(CorruptLogError);
  });

  it('is refused where the checkpoint is broken', async () => {
    const { store, deps } = await tableOf(3);
    await writeCheckpoint(store, {}, deps);
    const bytes = (await store.get(checkpointPath(3)))!;
    await store.put(checkpointPath(3), bytes.subarray(0, bytes.length / 2));
    await expect(loadSnapshot(store)).rejects.toBeInstanceOf(CorruptLogError);
    await expect(loadTableState(store)).rejects.toThrow(checkpointPath(3));
  });

  it('is refused where a live file is missing or broken, naming file and version', async () => {
    const { store, deps, state } = await tableOf(1);
    const [file] = (await loadSnapshot(store))!.files;
    const bytes = (await store.get(file!.path))!;
    await store.put(file!.path, bytes.subarray(0, 50));
    await expect(rowsOf(store)).rejects.toThrow(`${file!.path}: live at version 1, cannot be read`);
    await store.delete(file!.path);
    await expect(rowsOf(store)).rejects.toThrow(`${file!.path}: is live at version 1, and missing`);
    const gone = { ...(await fileOf(store, deps, 2)), path: 's3://elsewhere/x.parquet' };
    await append(store, state, deps, [], { adds: [gone], removes: [removeOf(file!, 1, true)] });
    await expect(rowsOf(store)).rejects.toThrow('s3://elsewhere/x.parquet lies outside the table');
  });

  it('is refused by name where it needs a feature that is not understood', async () => {
    const { store } = await tableOf(1);
    const protocol = {
      minReaderVersion: 3,
      minWriterVersion: 7,
      readerFeatures: ['deletionVectors', 'variantType'],
    };
    await store.put(commitPath(2), Buffer.from(JSON.stringify({ protocol })));
    await expect(loadSnapshot(store)).rejects.toMatchObject({ feature: 'variantType' });
    await expect(loadSnapshot(store)).rejects.toBeInstanceOf(UnsupportedFeatureError);
    expect(await rowsOf(store, 1)).toHaveLength(1);
  });
});
