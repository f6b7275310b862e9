import type { ColumnBatch } from '../../src/columns/column.ts';
import { columnOf } from '../../src/columns/select.ts';
import { scan } from '../../src/delta/scan.ts';
import { loadSnapshot } from '../../src/delta/snapshot.ts';
import { TributaryError } from '../../src/errors.ts';
import { type ObjectStore, prefixedStore } from '../../src/stores/object-store.ts';

/** The newest version of a table of the lake, some columns of it, file by file; nothing where there is no such table. */
export async function* scanTable(
  lake: ObjectStore,
  path: string,
  columns: readonly string[],
): AsyncIterable<ColumnBatch> {
  const store = prefixedStore(lake, `${path}/`);
  const snapshot = await loadSnapshot(store);
  if (snapshot !== undefined) yield* scan(store, snapshot, { columns });
}

/** A text column that holds no null. */
export function textsOf(batch: ColumnBatch, name: string): readonly string[] {
  const column = columnOf(batch, name);
  if (column.kind !== 'text' || column.validity !== undefined) throw malformed(name, 'a text in every row');
  return column.values as readonly string[];
}

/** An integer column that holds no null. */
export function integersOf(batch: ColumnBatch, name: string): Int32Array {
  const column = columnOf(batch, name);
  if (column.kind !== 'int32' || column.validity !== undefined)
    throw malformed(name, 'an integer in every row');
  return column.values;
}

/** A binary column that holds no null. */
export function bytesOf(batch: ColumnBatch, name: string): readonly Uint8Array[] {
  const column = columnOf(batch, name);
  if (column.kind !== 'bytes' || column.validity !== undefined) throw malformed(name, 'bytes in every row');
  return column.values as readonly Uint8Array[];
}

function malformed(name: string, wanted: string): TributaryError {
  return new TributaryError(`column ${name} should hold ${wanted}: something else has written this table`);
}
