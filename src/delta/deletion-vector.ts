import { crc32 } from 'node:zlib';
import type { ObjectStore } from '../stores/object-store.ts';
import type { AddFile, DeletionVector } from './actions.ts';
import { CorruptLogError, DeltaError } from './errors.ts';
import { locateFile } from './file-path.ts';
import { readRoaring64 } from './roaring.ts';
import { decodeZ85 } from './z85.ts';

/** "RoaringBitmapArray format": the portable 64-bit form. */
const MAGIC = 1_681_511_377;
const UUID_CHARACTERS = 20;

/**
 * The rows of a file that are deleted, by number, ascending ("Deletion Vectors").
 * @throws CorruptLogError where the vector is missing or broken
 */
export async function readDeletedRows(store: ObjectStore, add: AddFile): Promise<readonly number[]> {
  const { deletionVector } = add;
  if (deletionVector === undefined) return [];
  const where = `deletion vector of ${add.path}`;
  const bitmap = await readBitmap(store, deletionVector, where);
  const view = new DataView(bitmap.buffer, bitmap.byteOffset, bitmap.byteLength);
  if (bitmap.length < 12 || view.getUint32(0, true) !== MAGIC)
    throw new CorruptLogError(where, 'is no bitmap of the known format');
  let rows: readonly number[];
  try {
    rows = readRoaring64(bitmap.subarray(4));
  } catch (error) {
    throw new CorruptLogError(where, 'cannot be read', { cause: error });
  }
  if (rows.length !== deletionVector.cardinality) {
    throw new CorruptLogError(where, `holds ${rows.length} rows, the log says ${deletionVector.cardinality}`);
  }
  return rows;
}

async function readBitmap(store: ObjectStore, vector: DeletionVector, where: string): Promise<Uint8Array> {
  if (vector.storageType === 'i') {
    const bytes = decodeZ85(vector.pathOrInlineDv);
    if (bytes === undefined) throw new CorruptLogError(where, 'is no Z85 text');
    return bytes.subarray(0, vector.sizeInBytes);
  }
  const key = vectorKey(vector, where);
  const start = vector.offset ?? 1;
  // a size, the bitmap, a checksum
  const bytes = await store.getRange(key, start, vector.sizeInBytes + 8).catch((error: unknown) => {
    if (error instanceof Error && 'retriable' in error && error.retriable === true) throw error;
    throw new CorruptLogError(key, `cannot be read: it holds the ${where}`, { cause: error });
  });
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const bitmap = bytes.subarray(4, 4 + vector.sizeInBytes);
  if (bytes.length < vector.sizeInBytes + 8 || view.getInt32(0) !== vector.sizeInBytes) {
    throw new CorruptLogError(key, `holds no ${where} of ${vector.sizeInBytes} bytes at ${start}`);
  }
  if (view.getUint32(4 + vector.sizeInBytes) !== crc32(bitmap)) {
    throw new CorruptLogError(key, `the checksum of the ${where} does not match`);
  }
  return bitmap;
}

/** The key of the file that holds a vector which does not stand in the log itself. */
export function vectorKey({ storageType, pathOrInlineDv }: DeletionVector, where: string): string {
  if (storageType === 'p') {
    const location = locateFile(pathOrInlineDv);
    if (location.kind === 'relative') return location.key;
    throw new DeltaError(`${location.url} lies outside the table: it holds the ${where}`);
  }
  const bytes = decodeZ85(pathOrInlineDv.slice(-UUID_CHARACTERS));
  if (bytes === undefined)
    throw new CorruptLogError(where, `${JSON.stringify(pathOrInlineDv)} names no file`);
  const uuid = Buffer.from(bytes)
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  const prefix = pathOrInlineDv.slice(0, -UUID_CHARACTERS);
  return `${prefix === '' ? '' : `${prefix}/`}deletion_vector_${uuid}.bin`;
}
