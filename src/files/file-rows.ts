import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { UsageError } from '../errors.ts';
import { readCsvRows } from './csv-rows.ts';
import type { FileRow } from './file-row.ts';
import { readNdjsonRows } from './ndjson-rows.ts';

const FORMATS = { csv: readCsvRows, ndjson: readNdjsonRows, jsonl: readNdjsonRows } as const;

/**
 * Streams the rows of a CSV or NDJSON file, gzipped or not, as the name says (`.csv`, `.ndjson`, `.jsonl`, and `.gz` after
 * it). A record that cannot be read is a `bad` row; a file that cannot be read on is a `UsageError` with the line.
 */
export function openFileRows(path: string): AsyncIterable<FileRow> {
  const match = /\.(csv|ndjson|jsonl)(\.gz)?$/i.exec(path);
  if (match === null) {
    throw new UsageError(
      `${path}: cannot tell what the file holds; its name has to end in .csv, .ndjson or .jsonl, or one of these and .gz`,
    );
  }
  return readRows(path, FORMATS[match[1]!.toLowerCase() as keyof typeof FORMATS], match[2] !== undefined);
}

async function* readRows(
  path: string,
  readFormat: (path: string, bytes: Readable) => AsyncIterable<FileRow>,
  zipped: boolean,
): AsyncGenerator<FileRow> {
  await assertReadable(path);
  const file = createReadStream(path, { highWaterMark: 1 << 18 });
  try {
    yield* readFormat(path, zipped ? Readable.from(unzip(path, file)) : file);
  } finally {
    file.destroy();
  }
}

async function assertReadable(path: string): Promise<void> {
  try {
    const handle = await open(path);
    const isFile = (await handle.stat()).isFile();
    await handle.close();
    if (!isFile) throw new Error('it is not a file');
  } catch (cause) {
    throw new UsageError(`${path} cannot be read: ${(cause as Error).message}`, { cause });
  }
}

async function* unzip(path: string, file: Readable): AsyncGenerator<Buffer> {
  const gunzip = createGunzip();
  file.on('error', (error) => gunzip.destroy(error));
  try {
    yield* file.pipe(gunzip) as AsyncIterable<Buffer>;
  } catch (cause) {
    throw new UsageError(`${path} cannot be unpacked: ${(cause as Error).message}`, { cause });
  }
}
