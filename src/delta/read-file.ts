import type { Column, ColumnBatch } from '../columns/column.ts';
import { selectRows } from '../columns/select.ts';
import { struct, type StructField, type StructType } from '../columns/types.ts';
import { ParquetError } from '../parquet/errors.ts';
import { fileOfBytes, fileOfRanges, type ParquetFile } from '../parquet/parquet-file.ts';
import { type ReadOptions, readParquet, readRowGroups } from '../parquet/read-parquet.ts';
import { fileName } from '../parquet/schema-match.ts';
import type { ObjectStore } from '../stores/object-store.ts';
import type { AddFile } from './actions.ts';
import { columnMatching } from './column-mapping.ts';
import { readDeletedRows } from './deletion-vector.ts';
import { CorruptLogError, DeltaError } from './errors.ts';
import { locateFile } from './file-path.ts';
import { partitionColumn } from './partition-parse.ts';
import { parseStats } from './stats.ts';
import { fieldNamed } from './table-schema.ts';
import type { TableState } from './table-state.ts';

/** A file up to this size is fetched whole, even where only some of its columns are wanted. */
const WHOLE_BYTES = 1 << 20;

/**
 * The rows of a data file as the table has them: deleted rows left out, partition values filled in, columns that the
 * file lacks null.
 *
 * @param columns names; all columns by default
 * @throws CorruptLogError where the file is missing or broken
 */
export async function readFile(
  store: ObjectStore,
  state: TableState,
  add: AddFile,
  columns?: readonly string[],
): Promise<ColumnBatch> {
  const wanted = wantedColumns(state, add, columns);
  const file = await openFile(store, add, wanted.key, columns !== undefined, state.version);
  const data = await explain(wanted, () => readParquet(file, wanted.schema, wanted.options));
  const deleted = await readDeletedRows(store, add);
  assertRowsExist(deleted, data.length, add);
  return withoutRows(wanted.complete(data), 0, deleted);
}

/**
 * The same rows, a batch a row group: what is in memory at a time does not grow with the file.
 * @throws as `readFile`, and CorruptLogError where the rows are not as many as the log says
 */
export async function* readFileInBatches(
  store: ObjectStore,
  state: TableState,
  add: AddFile,
  columns?: readonly string[],
): AsyncGenerator<ColumnBatch> {
  const wanted = wantedColumns(state, add, columns);
  const deleted = await readDeletedRows(store, add);
  const file = await openFile(store, add, wanted.key, true, state.version);
  const groups = readRowGroups(file, wanted.schema, wanted.options);
  let start = 0;
  for (;;) {
    const next = await explain(wanted, () => groups.next());
    if (next.done === true) break;
    const { value: data } = next;
    yield withoutRows(wanted.complete(data), start, deleted);
    start += data.length;
  }
  assertRowsExist(deleted, start, add);
  const { numRecords = start } = parseStats(add);
  if (start !== numRecords)
    throw new CorruptLogError(wanted.key, `holds ${start} rows, its statistics say ${numRecords}`);
}

type WantedColumns = {
  readonly key: string;
  readonly version: number;
  /** of what lies in the file itself */
  readonly schema: StructType;
  readonly options: ReadOptions;
  /** Adds the partition columns. */
  complete(data: ColumnBatch): ColumnBatch;
};

function wantedColumns(
  state: TableState,
  add: AddFile,
  columns: readonly string[] | undefined,
): WantedColumns {
  const matchBy = columnMatching(state);
  const fields = selectFields(state, columns);
  const isPartition = ({ name }: StructField) => state.metadata.partitionColumns.includes(name);
  const key = fileKey(add);
  return {
    key,
    version: state.version,
    schema: struct(fields.filter((field) => !isPartition(field))),
    options: { matchBy, name: key },
    complete(data) {
      let next = 0;
      const all = fields.map((field): Column => {
        return isPartition(field)
          ? partitionColumn(add, fileName(field, matchBy), field, data.length)
          : data.columns[next++]!;
      });
      return { schema: struct(fields), length: data.length, columns: all };
    },
  };
}

function selectFields(
  { schema }: TableState,
  columns: readonly string[] | undefined,
): readonly StructField[] {
  return columns?.map((name) => fieldNamed(schema, name)) ?? schema.fields;
}

function fileKey(add: AddFile): string {
  const location = locateFile(add.path);
  if (location.kind === 'relative') return location.key;
  throw new DeltaError(
    `${location.url} lies outside the table: copy the table together with all its files to read it here`,
  );
}

async function openFile(
  store: ObjectStore,
  { size }: AddFile,
  key: string,
  selective: boolean,
  version: number,
): Promise<ParquetFile> {
  if (selective && size > WHOLE_BYTES)
    return fileOfRanges(size, (offset, length) => store.getRange(key, offset, length));
  const bytes = await store.get(key);
  if (bytes === undefined) throw new CorruptLogError(key, `is live at version ${version}, and missing`);
  return fileOfBytes(bytes);
}

async function explain<T>(
  { key, version }: Pick<WantedColumns, 'key' | 'version'>,
  read: () => Promise<T>,
): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof ParquetError)) throw error;
    throw new CorruptLogError(key, `live at version ${version}, cannot be read: ${error.message}`, {
      cause: error,
    });
  }
}

function assertRowsExist(deleted: readonly number[], rows: number, { path }: AddFile): void {
  const last = deleted.at(-1);
  if (last !== undefined && last >= rows)
    throw new CorruptLogError(path, `its deletion vector deletes row ${last} of ${rows}`);
}

/** @param start number of the batch's first row in its file @param deleted rows of the file, ascending */
function withoutRows(batch: ColumnBatch, start: number, deleted: readonly number[]): ColumnBatch {
  if (deleted.length === 0) return batch;
  const kept = new Uint8Array(batch.length).fill(1);
  for (const row of deleted) if (row >= start && row < start + batch.length) kept[row - start] = 0;
  const rows = new Uint32Array(batch.length);
  let next = 0;
  for (let row = 0; row < batch.length; row++) if (kept[row] === 1) rows[next++] = row;
  return next === batch.length ? batch : selectRows(batch, rows.subarray(0, next));
}
