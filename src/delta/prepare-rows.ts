import type { ColumnBatch } from '../columns/column.ts';
import type { StructType } from '../columns/types.ts';
import type { ObjectStore } from '../stores/object-store.ts';
import type { AddFile } from './actions.ts';
import type { DeltaDeps } from './deps.ts';
import { TableRefusedError } from './errors.ts';
import { evolveSchema } from './schema-evolution.ts';
import { isBatch, type Row, type Rows, toTableRows } from './table-rows.ts';
import type { TableState } from './table-state.ts';
import { writeFiles } from './write-files.ts';

/** Rows given one by one go into a file when so many have come. */
const ROWS_PER_FILE = 250_000;

/** Rows that come one by one while they are written: as many as one likes, in one commit. */
export type RowSource = Rows | AsyncIterable<Row>;

/** Rows in data files that no commit names yet. */
export type PreparedRows = {
  readonly adds: readonly AddFile[];
  readonly rows: number;
  /** what they were written under */
  readonly schema: StructType;
  readonly partitionColumns: readonly string[];
};

/**
 * Writes rows as data files of the table, to be committed as often as it takes.
 * @param check looks at the rows before they are written
 * @throws DeltaError where a row does not fit the table
 */
export async function prepareRows(
  store: ObjectStore,
  state: TableState,
  source: RowSource,
  options: { readonly sortBy?: readonly string[]; readonly check?: (batch: ColumnBatch) => void },
  deps: DeltaDeps,
): Promise<PreparedRows> {
  const { partitionColumns } = state.metadata;
  const { sortBy = [], check } = options;
  const adds: AddFile[] = [];
  let rows = 0;
  for await (const part of partsOf(source)) {
    const batch = toTableRows(state, part);
    check?.(batch);
    adds.push(...(await writeFiles(store, batch, { partitionColumns, sortBy }, deps)));
    rows += batch.length;
  }
  return { adds, rows, schema: state.schema, partitionColumns };
}

/**
 * Whether rows that are written still are rows of the table: columns may have been added or widened since.
 * @throws TableRefusedError where they are not
 */
export function assertStillFits({ schema, partitionColumns }: PreparedRows, state: TableState): void {
  if (state.schema === schema) return;
  const isSame =
    evolveSchema(state.schema, schema).kind === 'same' &&
    state.metadata.partitionColumns.join() === partitionColumns.join();
  if (isSame) return;
  throw new TableRefusedError(
    'the table was made anew with other columns while rows were written to it: write them again',
  );
}

/** Whether the rows can be gone through again, for they are all there. */
export function isRepeatable(source: RowSource): source is readonly Row[] | ColumnBatch {
  return !(Symbol.asyncIterator in source) && (isBatch(source) || Array.isArray(source));
}

async function* partsOf(source: RowSource): AsyncGenerator<Rows> {
  if (isRepeatable(source)) {
    yield source;
    return;
  }
  let part: Row[] = [];
  for await (const row of source) {
    part.push(row);
    if (part.length < ROWS_PER_FILE) continue;
    yield part;
    part = [];
  }
  if (part.length > 0) yield part;
}
