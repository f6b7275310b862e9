import type { ColumnBatch } from '../columns/column.ts';
import type { ObjectStore } from '../stores/object-store.ts';
import { mapInOrder } from './in-order.ts';
import { type ColumnRange, fileFilter } from './prune.ts';
import { readFile } from './read-file.ts';
import type { Snapshot } from './snapshot.ts';

/** Files read at a time. */
const WIDTH = 4;

export type ScanOptions = {
  /** names; all columns by default */
  readonly columns?: readonly string[];
  /** files that hold no such rows are not read; what is read may hold other rows too */
  readonly where?: readonly ColumnRange[];
};

/** The rows of a snapshot, a batch a file. */
export async function* scan(
  store: ObjectStore,
  snapshot: Snapshot,
  { columns, where = [] }: ScanOptions = {},
): AsyncGenerator<ColumnBatch> {
  const files = snapshot.files.filter(fileFilter(snapshot, where));
  yield* mapInOrder(files, WIDTH, (add) => readFile(store, snapshot, add, columns));
}
