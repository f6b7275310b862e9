import { randomUUID } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { DeletionVector } from '../../src/delta/actions.ts';
import { readDeletedRows } from '../../src/delta/deletion-vector.ts';
import { CorruptLogError } from '../../src/delta/errors.ts';
import { openTable } from '../../src/delta/index.ts';
import { optimize } from '../../src/delta/optimize.ts';
import { loadSnapshot, loadTableState } from '../../src/delta/snapshot.ts';
import { commitPath } from '../../src/delta/log-path.ts';
import { readRoaring64 } from '../../src/delta/roaring.ts';
import { decodeZ85 } from '../../src/delta/z85.ts';
import { vacuum } from '../../src/delta/vacuum.ts';
import { createMemoryStore } from '../../src/stores/memory-store.ts';
import { append, createDeps, createTwoColumns, rowsOf } from '../support/delta-rig.ts';

type Container = { readonly key: number } & (
  | { readonly array: readonly number[] }
  | { readonly runs: readonly (readonly [first: number, length: number])[] }
  | { readonly bitmap: readonly number[] }
);

/** Bytes by the Roaring format specification: all containers of a 32-bit bitmap. */
function roaring32(containers: readonly Container[]): Buffer {
  const withRuns = containers.some((container) => 'runs' in container);
  const count = containers.length;
  const u16 = (value: number) => Buffer.from([value & 0xff, value >> 8]);
  const u32 = (value: number) => Buffer.concat([u16(value & 0xffff), u16(value >>> 16)]);
  const cookie = withRuns ? u32(12_347 | ((count - 1) << 16)) : Buffer.concat([u32(12_346), u32(count)]);
  const flags = Buffer.alloc(withRuns ? Math.ceil(count / 8) : 0);
  const bodies = containers.map((container, i) => {
    if ('array' in container)
      return { size: container.array.length, bytes: Buffer.concat(container.array.map(u16)) };
    if ('runs' in container) {
      flags[i >> 3]! |= 1 << (i & 7);
      const size = container.runs.reduce((sum, [, length]) => sum + length, 0);
      const pairs = container.runs.flatMap(([first, length]) => [u16(first), u16(length - 1)]);
      return { size, bytes: Buffer.concat([u16(container.runs.length), ...pairs]) };
    }
    const bytes = Buffer.alloc(8_192);
    for (const value of container.bitmap) bytes[value >> 3]! |= 1 << (value & 7);
    return { size: container.bitmap.length, bytes };
  });
  const keys = containers.map(({ key }, i) => Buffer.concat([u16(key), u16(bodies[i]!.size - 1)]));
  // the reader goes through the containers in order: where they begin is for random access
  const offsets = !withRuns || count >= 4 ? Buffer.alloc(4 * count) : Buffer.alloc(0);
  return Buffer.concat([cookie, flags, ...keys, offsets, ...bodies.map(({ bytes }) => bytes)]);
}

function roaring64(bitmaps: readonly (readonly [high: number, containers: readonly Container[]])[]): Buffer {
  const count = Buffer.alloc(8);
  count.writeBigUInt64LE(BigInt(bitmaps.length));
  const parts = bitmaps.map(([high, containers]) => {
    const head = Buffer.alloc(4);
    head.writeUInt32LE(high);
    return Buffer.concat([head, roaring32(containers)]);
  });
  return Buffer.concat([count, ...parts]);
}

const MAGIC = Buffer.from([0xd1, 0xd3, 0x39, 0x64]);

describe('readRoaring64', () => {
  const many = Array.from({ length: 5_000 }, (_, i) => 7 * i + 3);

  it('reads lists, runs and bitmaps, below and above 2^32', () => {
    const bytes = roaring64([
      [
        0,
        [
          { key: 0, array: [0, 5, 65_535] },
          { key: 2, bitmap: many },
        ],
      ],
      [
        3,
        [
          {
            key: 1,
            runs: [
              [10, 3],
              [100, 1],
            ],
          },
          { key: 9, array: [1] },
        ],
      ],
    ]);
    const high = 3 * 2 ** 32;
    expect(readRoaring64(bytes)).toEqual([
      0,
      5,
      65_535,
      ...many.map((value) => 2 * 65_536 + value),
      ...[10, 11, 12, 100].map((value) => high + 65_536 + value),
      high + 9 * 65_536 + 1,
    ]);
    expect(readRoaring64(roaring64([]))).toEqual([]);
  });

  it('reads runs with and without the list of offsets', () => {
    for (const count of [1, 3, 4, 9]) {
      const containers = Array.from({ length: count }, (_, key): Container => ({ key, runs: [[key, 2]] }));
      expect(readRoaring64(roaring64([[0, containers]]))).toEqual(
        containers.flatMap(({ key }) => [65_537 * key, 65_537 * key + 1]),
      );
    }
  });

  it('says that a bitmap is cut off or none', () => {
    const bytes = roaring64([[0, [{ key: 0, array: [1, 2, 3] }]]]);
    expect(() => readRoaring64(bytes.subarray(0, bytes.length - 1))).toThrow('cut off');
    expect(() => readRoaring64(Buffer.alloc(40, 1))).toThrow('no cookie');
  });
});

describe('decodeZ85', () => {
  it('is that of the RFC', () => {
    expect(Buffer.from(decodeZ85('HelloWorld')!).toString('hex')).toBe('864fd26fb559f75b');
    expect(decodeZ85('Hello~orld')).toBeUndefined();
    expect(decodeZ85('Hell')).toBeUndefined();
  });
});

describe('a deletion vector', () => {
  const bitmap = Buffer.concat([MAGIC, roaring64([[0, [{ key: 0, array: [0, 2] }]]])]);
  const uuid = 'd2c639aa-8816-431a-aaf6-d3fe2512ff61';

  /** A table of the rows 1, 2, 3, of which the vector deletes some. */
  async function tableWith(deletionVector: DeletionVector, file: Buffer | undefined) {
    const store = createMemoryStore();
    const deps = createDeps();
    await append(store, await createTwoColumns(store, deps), deps, [1, 2, 3]);
    if (file !== undefined) await store.put(`ab/deletion_vector_${uuid}.bin`, file);
    const [add] = (await loadSnapshot(store))!.files;
    const protocol = {
      minReaderVersion: 3,
      minWriterVersion: 7,
      readerFeatures: ['deletionVectors'],
      writerFeatures: ['deletionVectors'],
    };
    const actions = [
      { protocol },
      { remove: { path: add!.path, dataChange: true } },
      { add: { ...add, deletionVector } },
    ];
    await store.put(commitPath(2), Buffer.from(actions.map((action) => JSON.stringify(action)).join('\n')));
    return store;
  }

  function fileOf(bytes: Buffer, checksum = crc32(bytes)): Buffer {
    const frame = Buffer.alloc(9 + bytes.length);
    frame[0] = 1;
    frame.writeInt32BE(bytes.length, 1);
    bytes.copy(frame, 5);
    frame.writeUInt32BE(checksum, 5 + bytes.length);
    return frame;
  }

  const inFile = {
    storageType: 'u',
    pathOrInlineDv: 'ab^-aqEH.-t@S}K{vb[*k^',
    offset: 1,
    sizeInBytes: bitmap.length,
    cardinality: 2,
  } as const;

  it('deletes rows by number, from a file', async () => {
    const store = await tableWith(inFile, fileOf(bitmap));
    expect(await rowsOf(store)).toEqual(['{"id":2,"name":"n2"}']);
    expect(await rowsOf(store, 1)).toHaveLength(3);
  });

  it('deletes rows by number, from the log itself', async () => {
    const padded = Buffer.concat([bitmap, Buffer.alloc((4 - (bitmap.length % 4)) % 4)]);
    const vector = {
      storageType: 'i',
      pathOrInlineDv: encodeZ85(padded),
      sizeInBytes: bitmap.length,
      cardinality: 2,
    } as const;
    expect(await rowsOf(await tableWith(vector, undefined))).toEqual(['{"id":2,"name":"n2"}']);
  });

  it('holds for changes of the table: a deleted row is neither found nor copied nor counted', async () => {
    const table = await openTable(await tableWith(inFile, fileOf(bitmap)), {
      ...createDeps(),
      uuid: randomUUID,
    });
    expect(await table.delete(['id', '=', 1])).toMatchObject({ committed: false, deleted: 0 });
    const rows = [
      { id: 2, name: 'new' },
      { id: 3, name: 'back' },
    ];
    expect(await table.merge(rows, { on: ['id'] })).toMatchObject({ updated: 1, inserted: 1, copied: 0 });
    expect(await rowsOf(table.store)).toEqual(['{"id":2,"name":"new"}', '{"id":3,"name":"back"}']);
    const again = await openTable(await tableWith(inFile, fileOf(bitmap)), {
      ...createDeps(),
      uuid: randomUUID,
    });
    expect(await again.delete({ and: [] })).toMatchObject({ deleted: 1 });
    expect(await rowsOf(again.store)).toEqual([]);
  });

  it('is left behind by optimize, and swept with its file when that is old', async () => {
    const store = await tableWith(inFile, fileOf(bitmap));
    const deps = { ...createDeps(Date.now()), uuid: randomUUID };
    await append(store, (await loadTableState(store))!, deps, [7]);
    expect(await optimize(store, { sortBy: ['id'] }, deps)).toMatchObject({ filesRemoved: 2, rows: 2 });
    const { files } = (await loadSnapshot(store))!;
    expect(files).toMatchObject([{ path: expect.stringContaining('part-') }]);
    expect(files[0]!.deletionVector).toBeUndefined();
    expect(await rowsOf(store)).toEqual(['{"id":2,"name":"n2"}', '{"id":7,"name":"n7"}']);
    expect(await rowsOf(store, 2)).toEqual(['{"id":2,"name":"n2"}']);
    const later = { ...deps, clock: () => Date.now() + 8 * 86_400_000 };
    const swept = (await vacuum(store, {}, later))!.files.map(({ key }) => key);
    expect(swept).toContain(`ab/deletion_vector_${uuid}.bin`);
    expect(swept).toHaveLength(3);
    expect(await rowsOf(store)).toHaveLength(2);
  });

  it.each([
    ['missing', inFile, undefined, 'cannot be read'],
    ['damaged', inFile, fileOf(bitmap, 1), 'checksum'],
    ['cut off', inFile, fileOf(bitmap).subarray(0, 20), 'holds no deletion vector'],
    ['of another format', inFile, fileOf(Buffer.alloc(bitmap.length)), 'no bitmap of the known format'],
    ['of another size', { ...inFile, cardinality: 3 }, fileOf(bitmap), 'holds 2 rows, the log says 3'],
    ['nowhere', { ...inFile, pathOrInlineDv: '~' }, undefined, 'names no file'],
  ] as const)('is refused where it is %s', async (_, vector, file, message) => {
    const store = await tableWith(vector, file);
    await expect(rowsOf(store)).rejects.toBeInstanceOf(CorruptLogError);
    await expect(rowsOf(store)).rejects.toThrow(message);
  });

  it('is refused where it deletes rows that the file lacks', async () => {
    const far = Buffer.concat([MAGIC, roaring64([[0, [{ key: 0, array: [0, 9] }]]])]);
    const store = await tableWith({ ...inFile, sizeInBytes: far.length }, fileOf(far));
    await expect(rowsOf(store)).rejects.toThrow('deletes row 9 of 3');
  });

  it('is not there for most files', async () => {
    const add = { path: 'x', partitionValues: {}, size: 1, modificationTime: 1, dataChange: true };
    expect(await readDeletedRows(createMemoryStore(), add)).toEqual([]);
  });
});

function encodeZ85(bytes: Buffer): string {
  const digits = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#';
  let text = '';
  for (let i = 0; i < bytes.length; i += 4) {
    let value = bytes.readUInt32BE(i);
    let group = '';
    for (let k = 0; k < 5; k++, value = Math.floor(value / 85)) group = digits[value % 85] + group;
    text += group;
  }
  return text;
}
