import { describe, expect, it } from 'vitest';
import type { Column } from '../../src/columns/column.ts';
import { selectRows } from '../../src/columns/select.ts';
import { field, struct } from '../../src/columns/types.ts';
import { writeCheckpoint } from '../../src/delta/checkpoint.ts';
import { CorruptLogError } from '../../src/delta/errors.ts';
import { loadSnapshot, loadTableState } from '../../src/delta/snapshot.ts';
import {
  checkpointPath,
  commitPath,
  LAST_CHECKPOINT_PATH,
  SIDECAR_FOLDER,
  versionPrefix,
} from '../../src/delta/log-path.ts';
import { checkpointSchema } from '../../src/delta/checkpoint-schema.ts';
import { encodeParquet } from '../../src/parquet/encode-parquet.ts';
import { fileOfBytes } from '../../src/parquet/parquet-file.ts';
import { readParquet } from '../../src/parquet/read-parquet.ts';
import { createMemoryStore } from '../../src/stores/memory-store.ts';
import { append, createDeps, createTwoColumns, rowsOf } from '../support/delta-rig.ts';

const UUID = '3a0d65cd-4056-49b8-937b-95f9e3ee90e5';
const FORMS = ['txn', 'add', 'remove', 'metaData', 'protocol'] as const;

/** A table of 20 rows whose classic checkpoint at version 20 is taken away, its rows in hand. */
async function tableWithRows() {
  const store = createMemoryStore();
  const deps = createDeps();
  let state = await createTwoColumns(store, deps);
  for (let i = 1; i <= 20; i++)
    state = await append(store, state, deps, [i], { txns: [{ appId: 'a', version: i }] });
  await writeCheckpoint(store, {}, deps);
  const bytes = (await store.get(checkpointPath(20)))!;
  const batch = await readParquet(fileOfBytes(bytes), checkpointSchema(FORMS));
  await store.delete(checkpointPath(20));
  await store.delete(LAST_CHECKPOINT_PATH);
  for (let version = 0; version <= 20; version++) await store.delete(commitPath(version));
  const rowsWhere = (test: (isFile: boolean) => boolean) => {
    const rows = Array.from({ length: batch.length }, (_, row) => row);
    return selectRows(batch, Int32Array.from(rows.filter((row) => test(isThere(batch.columns[1]!, row)))));
  };
  return { store, deps, batch, rowsWhere };
}

function isThere(column: Column, row: number): boolean {
  const value = column.values[row];
  return value !== undefined && value !== null;
}

async function expectWhole(store: Parameters<typeof rowsOf>[0]) {
  expect(await rowsOf(store)).toHaveLength(20);
  expect((await loadTableState(store))?.txns.get('a')).toBe(20);
}

describe('a checkpoint of several parts', () => {
  const part = (number: number) =>
    `${versionPrefix(20)}.checkpoint.${String(number).padStart(10, '0')}.0000000002.parquet`;

  it('is read where all parts are there, and not taken for one where a part lacks', async () => {
    const { store, batch } = await tableWithRows();
    const half = Math.floor(batch.length / 2);
    const rows = Int32Array.from({ length: batch.length }, (_, row) => row);
    await store.put(part(1), encodeParquet(selectRows(batch, rows.subarray(0, half))).bytes);
    await expect(loadSnapshot(store)).resolves.toBeUndefined();
    await store.put(part(2), encodeParquet(selectRows(batch, rows.subarray(half))).bytes);
    await expectWhole(store);
  });
});

describe('a V2 checkpoint', () => {
  const sidecarSchema = struct([...checkpointSchema(FORMS).fields, ...checkpointSchema(['sidecar']).fields]);

  it('may be Parquet, with its files in a sidecar', async () => {
    const { store, batch, rowsWhere } = await tableWithRows();
    const sidecar = encodeParquet(rowsWhere((isFile) => isFile)).bytes;
    await store.put(`${SIDECAR_FOLDER}${UUID}.parquet`, sidecar);
    const others = rowsWhere((isFile) => !isFile);
    const length = others.length + 1;
    const rows = Int32Array.from({ length: others.length }, (_, row) => row);
    const kept = selectRows(others, rows).columns.map((column) => ({
      ...column,
      values: [...(column.values as unknown[]), null],
      validity: undefined,
    }));
    const pointer: Column = {
      kind: 'nested',
      type: sidecarSchema.fields.at(-1)!.type,
      values: [
        ...Array.from(rows, () => null),
        { path: `${UUID}.parquet`, sizeInBytes: BigInt(sidecar.length), modificationTime: 1n },
      ],
      validity: undefined,
    };
    const top = encodeParquet({
      schema: sidecarSchema,
      length,
      columns: [...(kept as Column[]), pointer],
    }).bytes;
    await store.put(`${versionPrefix(20)}.checkpoint.${UUID}.parquet`, top);
    expect(batch.length).toBe(others.length + 20);
    await expectWhole(store);
    await store.delete(`${SIDECAR_FOLDER}${UUID}.parquet`);
    await expect(loadSnapshot(store)).rejects.toBeInstanceOf(CorruptLogError);
    await expect(loadSnapshot(store)).rejects.toThrow(`${UUID}.parquet`);
    expect((await loadTableState(store))?.version).toBe(20);
  });

  it('may be JSON', async () => {
    const { store, deps } = await tableWithRows();
    const protocol = { minReaderVersion: 1, minWriterVersion: 2 };
    const metaData = {
      id: 'x',
      format: { provider: 'parquet', options: {} },
      schemaString: JSON.stringify(struct([field('id', 'long')])),
      partitionColumns: [],
      configuration: {},
    };
    const actions = [
      { checkpointMetadata: { version: 20 } },
      { protocol },
      { metaData },
      { txn: { appId: 'a', version: 20 } },
    ];
    await store.put(
      `${versionPrefix(20)}.checkpoint.${UUID}.json`,
      Buffer.from(actions.map((action) => JSON.stringify(action)).join('\n')),
    );
    const state = (await loadTableState(store))!;
    expect([state.version, state.txns.get('a')]).toEqual([20, 20]);
    expect((await append(store, state, deps, [], { adds: [] })).version).toBe(21);
  });
});
