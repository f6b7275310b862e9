import type { ColumnBatch } from '../columns/column.ts';
import { DeltaError } from './errors.ts';
import { assertKeyColumns, describeKey, keysOf, keysPredicate, type RowKey } from './row-keys.ts';
import type { BoundPredicate } from './predicate.ts';
import { namedColumns, type Row, toTableRows } from './table-rows.ts';
import type { TableState } from './table-state.ts';

/** What a merge brings, as the table has it. */
export type MergeSource = {
  /** all columns of the table; of those that are not named, nulls */
  readonly rows: ColumnBatch;
  /** the columns that the rows name: what an update sets */
  readonly named: ReadonlySet<string>;
  /** by key: the number of a row, or that the row shall go */
  readonly byKey: ReadonlyMap<RowKey, number | 'delete'>;
  /** true for every row of the table that may have one of the keys */
  readonly where: BoundPredicate;
};

/**
 * @param deletes keys of rows that shall go
 * @throws DeltaError where a key is missing, or stands twice: what should become of its row could not be told
 */
export function readMergeSource(
  state: TableState,
  rows: readonly Row[] | ColumnBatch,
  deletes: readonly Row[] | ColumnBatch,
  on: readonly string[],
): MergeSource {
  assertKeyColumns(state.schema, on);
  const names = namedColumns(rows);
  const unnamed = rows.length === 0 ? undefined : on.find((name) => !names.includes(name));
  if (unnamed !== undefined)
    throw new DeltaError(`the rows to merge name no column ${unnamed}, which is their key`);
  const other = namedColumns(deletes).find((name) => !on.includes(name));
  if (other !== undefined) {
    throw new DeltaError(
      `the keys to delete name column ${other}, which is no key: the key is ${on.join(', ')}`,
    );
  }
  const upserts = toTableRows(state, rows);
  const gone = toTableRows(state, deletes);
  const byKey = new Map<RowKey, number | 'delete'>();
  const claim = (batch: ColumnBatch, of: (row: number) => number | 'delete', what: string) => {
    keysOf(batch, on).forEach((key, row) => {
      if (key === undefined) {
        throw new DeltaError(
          `${what} ${row} has no whole key (${describeKey(batch, on, row)}): nothing equals null`,
        );
      }
      if (byKey.has(key)) {
        throw new DeltaError(
          `${what} ${row} has the key ${describeKey(batch, on, row)} of another one: which of them counts?`,
        );
      }
      byKey.set(key, of(row));
    });
  };
  claim(upserts, (row) => row, 'row to merge');
  claim(gone, () => 'delete', 'key to delete');
  return { rows: upserts, named: new Set(names), byKey, where: keysPredicate([upserts, gone], on) };
}
