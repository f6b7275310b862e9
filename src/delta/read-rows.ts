import type { ColumnBatch } from '../columns/column.ts';
import { columnOf, selectRows } from '../columns/select.ts';
import { struct, type StructField } from '../columns/types.ts';
import type { ObjectStore } from '../stores/object-store.ts';
import type { DeltaDeps } from './deps.ts';
import { mapInOrder } from './in-order.ts';
import { bindPredicate, EVERY_ROW, type Predicate, predicateColumns } from './predicate.ts';
import { fileMatcher } from './predicate-files.ts';
import { matchingRows } from './predicate-rows.ts';
import { readFile } from './read-file.ts';
import { withRetries } from './retry.ts';
import type { Snapshot } from './snapshot.ts';
import { fieldNamed } from './table-schema.ts';

/** Files read at a time. */
const WIDTH = 4;

export type Selection = {
  /** names, in the order wanted; all columns by default */
  readonly columns?: readonly string[];
  /** only rows for which it is true; files that cannot hold one are not read */
  readonly where?: Predicate;
};

/** The rows of a snapshot that are wanted, exactly, a batch a file that holds some. */
export async function* readRows(
  store: ObjectStore,
  snapshot: Snapshot,
  { columns, where }: Selection,
  deps: DeltaDeps,
): AsyncGenerator<ColumnBatch> {
  const predicate = where === undefined ? EVERY_ROW : bindPredicate(where, snapshot.schema);
  const wanted = columns ?? snapshot.schema.fields.map(({ name }) => name);
  const fields = wanted.map((name) => fieldNamed(snapshot.schema, name));
  const read = columns && Array.from(new Set([...columns, ...predicateColumns(predicate)]));
  const match = fileMatcher(snapshot, predicate);
  const files = snapshot.files.filter((file) => match(file) !== 'none');
  const batches = mapInOrder(files, WIDTH, async (file) => {
    const batch = await withRetries(() => readFile(store, snapshot, file, read), deps);
    if (match(file) === 'every') return batch;
    const rows = matchingRows(predicate, batch);
    return rows.length === batch.length ? batch : selectRows(batch, rows);
  });
  for await (const batch of batches) if (batch.length > 0) yield project(batch, fields);
}

function project(batch: ColumnBatch, wanted: readonly StructField[]): ColumnBatch {
  const { fields } = batch.schema;
  if (fields.length === wanted.length && fields.every(({ name }, i) => name === wanted[i]!.name))
    return batch;
  return {
    schema: struct(wanted),
    columns: wanted.map(({ name }) => columnOf(batch, name)),
    length: batch.length,
  };
}
