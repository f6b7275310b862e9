import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ndjsonRows } from '../../src/columns/canonical.ts';
import { readFileInBatches } from '../../src/delta/read-file.ts';
import type { Snapshot } from '../../src/delta/snapshot.ts';
import type { ObjectStore } from '../../src/stores/object-store.ts';

/** Text that is written at once. */
const CHUNK = 1 << 16;

/**
 * Prints every row of a snapshot as a line of JSON (the forms of `columns/canonical.ts`). A row group and its text are in
 * memory at a time, and no more is read than whoever reads the output takes.
 */
export async function printRows(
  store: ObjectStore,
  snapshot: Snapshot,
  columns: readonly string[] | undefined,
): Promise<void> {
  try {
    await pipeline(Readable.from(rowTexts(store, snapshot, columns)), process.stdout, { end: false });
  } catch (error) {
    // `| head` has what it wanted
    if (!isClosedPipe(error)) throw error;
  }
}

async function* rowTexts(
  store: ObjectStore,
  snapshot: Snapshot,
  columns: readonly string[] | undefined,
): AsyncGenerator<string> {
  let text = '';
  for (const add of snapshot.files) {
    for await (const batch of readFileInBatches(store, snapshot, add, columns)) {
      for (const row of ndjsonRows(batch)) {
        text += `${row}\n`;
        if (text.length < CHUNK) continue;
        yield text;
        text = '';
      }
    }
  }
  if (text !== '') yield text;
}

function isClosedPipe(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'EPIPE' || (code === 'ERR_STREAM_PREMATURE_CLOSE' && process.stdout.destroyed);
}
