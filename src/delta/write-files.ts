import type { ColumnBatch } from '../columns/column.ts';
import { selectRows } from '../columns/select.ts';
import { groupRows, sortPermutation } from '../columns/sort.ts';
import { struct } from '../columns/types.ts';
import { encodeParquet } from '../parquet/encode-parquet.ts';
import type { ObjectStore } from '../stores/object-store.ts';
import type { AddFile } from './actions.ts';
import type { DeltaDeps } from './deps.ts';
import { encodePath, partitionFolder, partitionValuesAt } from './partition-values.ts';
import { withRetries } from './retry.ts';
import { computeStatistics } from './statistics.ts';

export type WriteOptions = {
  readonly partitionColumns: readonly string[];
  /** what the rows of a file are ordered by: narrow bounds let readers skip */
  readonly sortBy?: readonly string[];
  /** false where the rows were in the table before; true by default */
  readonly dataChange?: boolean;
};

/**
 * Writes the rows as data files, one for each partition, with exact statistics. They are nobody's until a commit adds
 * them. Names are unique: nothing is ever overwritten.
 */
export async function writeFiles(
  store: ObjectStore,
  batch: ColumnBatch,
  options: WriteOptions,
  deps: DeltaDeps,
): Promise<AddFile[]> {
  return Promise.all(
    splitByPartition(batch, options.partitionColumns).map((rows) => writeFile(store, rows, options, deps)),
  );
}

async function writeFile(
  store: ObjectStore,
  rows: ColumnBatch,
  { partitionColumns, sortBy = [], dataChange = true }: WriteOptions,
  deps: DeltaDeps,
): Promise<AddFile> {
  const partitionValues = partitionValuesAt(rows, partitionColumns, 0);
  const order = sortPermutation(rows, sortBy);
  const sorted = order === undefined ? rows : selectRows(rows, order);
  const data = withoutColumns(sorted, partitionColumns);
  const { bytes, summaries } = encodeParquet(data);
  const key = `${partitionFolder(partitionValues)}part-${deps.uuid()}.zstd.parquet`;
  await withRetries(() => store.put(key, bytes), deps);
  return {
    path: encodePath(key),
    partitionValues,
    size: bytes.length,
    modificationTime: deps.clock(),
    dataChange,
    stats: computeStatistics(data, summaries),
  };
}

function splitByPartition(batch: ColumnBatch, columns: readonly string[]): ColumnBatch[] {
  if (batch.length === 0) return [];
  if (columns.length === 0) return [batch];
  const groups = groupRows(batch, columns);
  return groups.length === 1 ? [batch] : groups.map((rows) => selectRows(batch, rows));
}

/** Partition values stand in the log, not in the file. */
function withoutColumns({ schema, columns, length }: ColumnBatch, names: readonly string[]): ColumnBatch {
  const kept = schema.fields.flatMap(({ name }, i) => (names.includes(name) ? [] : [i]));
  return {
    schema: struct(kept.map((i) => schema.fields[i]!)),
    columns: kept.map((i) => columns[i]!),
    length,
  };
}
