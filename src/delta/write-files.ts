import type { ColumnBatch } from '../columns/column.ts';
import { selectRows } from '../columns/select.ts';
import { groupRows, sortPermutation } from '../columns/sort.ts';
import { encodeParquet } from '../parquet/encode-parquet.ts';
import type { ObjectStore } from '../stores/object-store.ts';
import type { AddFile } from './actions.ts';
import { putDataFile, withoutColumns } from './data-file.ts';
import type { DeltaDeps } from './deps.ts';
import { partitionValuesAt } from './partition-values.ts';
import { collectStatistics, formatStatistics } from './statistics.ts';

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
  const stats = formatStatistics(collectStatistics(data, summaries));
  return putDataFile(store, bytes, { partitionValues, dataChange, stats }, deps);
}

function splitByPartition(batch: ColumnBatch, columns: readonly string[]): ColumnBatch[] {
  if (batch.length === 0) return [];
  if (columns.length === 0) return [batch];
  const groups = groupRows(batch, columns);
  return groups.length === 1 ? [batch] : groups.map((rows) => selectRows(batch, rows));
}
