import type { Column, ColumnBatch } from '../columns/column.ts';
import { selectRows } from '../columns/select.ts';
import { struct, type StructField } from '../columns/types.ts';
import { ParquetError } from '../parquet/errors.ts';
import { fileOfBytes, fileOfRanges, type ParquetFile } from '../parquet/parquet-file.ts';
import { readParquet } from '../parquet/read-parquet.ts';
import { fileName, type MatchBy } from '../parquet/schema-match.ts';
import type { ObjectStore } from '../stores/object-store.ts';
import type { AddFile } from './actions.ts';
import { columnMatching } from './column-mapping.ts';
import { readDeletedRows } from './deletion-vector.ts';
import { CorruptLogError, DeltaError } from './errors.ts';
import { locateFile } from './file-path.ts';
import { partitionColumn } from './partition-parse.ts';
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
  const matchBy = columnMatching(state);
  const fields = selectFields(state, columns);
  const isPartition = ({ name }: StructField) => state.metadata.partitionColumns.includes(name);
  const key = fileKey(add);
  const file = await openFile(store, add, key, columns !== undefined, state.version);
  const data = await readData(
    file,
    key,
    fields.filter((field) => !isPartition(field)),
    matchBy,
    state.version,
  );
  let next = 0;
  const all = fields.map((field): Column => {
    return isPartition(field)
      ? partitionColumn(add, fileName(field, matchBy), field, data.length)
      : data.columns[next++]!;
  });
  const batch = { schema: struct(fields), length: data.length, columns: all };
  return withoutRows(batch, await readDeletedRows(store, add), add);
}

function selectFields(
  { schema }: TableState,
  columns: readonly string[] | undefined,
): readonly StructField[] {
  return (
    columns?.map((name) => {
      const field = schema.fields.find((candidate) => candidate.name === name);
      if (field !== undefined) return field;
      throw new DeltaError(
        `the table has no column ${name}, but ${schema.fields.map((known) => known.name).join(', ')}`,
      );
    }) ?? schema.fields
  );
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

async function readData(
  file: ParquetFile,
  key: string,
  fields: readonly StructField[],
  matchBy: MatchBy,
  version: number,
): Promise<ColumnBatch> {
  try {
    return await readParquet(file, struct(fields), { matchBy, name: key });
  } catch (error) {
    if (!(error instanceof ParquetError)) throw error;
    throw new CorruptLogError(key, `live at version ${version}, cannot be read: ${error.message}`, {
      cause: error,
    });
  }
}

function withoutRows(batch: ColumnBatch, deleted: readonly number[], add: AddFile): ColumnBatch {
  if (deleted.length === 0) return batch;
  const kept = new Uint8Array(batch.length).fill(1);
  for (const row of deleted) {
    if (row >= batch.length)
      throw new CorruptLogError(add.path, `its deletion vector deletes row ${row} of ${batch.length}`);
    kept[row] = 0;
  }
  const rows = new Uint32Array(batch.length - deleted.length);
  let next = 0;
  for (let row = 0; row < batch.length; row++) if (kept[row] === 1) rows[next++] = row;
  return selectRows(batch, rows);
}
