import type { ColumnBatch } from '../columns/column.ts';
import { sliceRows } from '../columns/select.ts';
import { struct, type StructType } from '../columns/types.ts';
import { createParquetWriter, type ParquetWriter, ROW_GROUP_ROWS } from '../parquet/encode-parquet.ts';
import type { ObjectStore } from '../stores/object-store.ts';
import type { AddFile, PartitionValues } from './actions.ts';
import type { DeltaDeps } from './deps.ts';
import { encodePath, partitionFolder } from './partition-values.ts';
import { withRetries } from './retry.ts';
import { collectStatistics, formatStatistics, mergeStatistics, type Statistics } from './statistics.ts';

/** Rows of one partition on their way into data files; they come without the partition columns. */
export type DataFileWriter = {
  write(rows: ColumnBatch): Promise<void>;
  /** The files, all of them in the store by now. */
  finish(): Promise<readonly AddFile[]>;
};

export type DataFileOptions = {
  readonly partitionValues: PartitionValues;
  readonly dataChange: boolean;
  /** a file ends with the row group that brings it to so many bytes */
  readonly targetBytes: number;
  readonly targetRows: number;
  /** bytes that all files together will have at most, as far as that is known */
  readonly expectedBytes: number;
};

/**
 * Writes rows as they come into one file after another, of which one is in memory at a time. They are nobody's until a
 * commit adds them.
 */
export function createDataFileWriter(
  store: ObjectStore,
  schema: StructType,
  options: DataFileOptions,
  deps: DeltaDeps,
): DataFileWriter {
  const { targetBytes, targetRows, expectedBytes, partitionValues, dataChange } = options;
  const capacity = Math.ceil(1.1 * Math.min(targetBytes, expectedBytes)) + (1 << 16);
  const adds: AddFile[] = [];
  let open: { readonly writer: ParquetWriter; statistics: Statistics | undefined } | undefined;

  async function finishFile(): Promise<void> {
    if (open?.statistics === undefined) return;
    const { writer, statistics } = open;
    open = undefined;
    const stats = formatStatistics(statistics);
    adds.push(await putDataFile(store, writer.finish(), { partitionValues, dataChange, stats }, deps));
  }

  return {
    async write(rows) {
      for (let start = 0; start < rows.length;) {
        open ??= { writer: createParquetWriter(schema, capacity), statistics: undefined };
        const { writer } = open;
        const end = Math.min(rows.length, start + ROW_GROUP_ROWS, start + targetRows - writer.rows);
        const part = sliceRows(rows, start, end);
        const statistics = collectStatistics(part, writer.append(part));
        open.statistics =
          open.statistics === undefined ? statistics : mergeStatistics(open.statistics, statistics);
        if (writer.size >= targetBytes || writer.rows >= targetRows) await finishFile();
        start = end;
      }
    },
    async finish() {
      await finishFile();
      return adds;
    },
  };
}

/** Puts a data file under a name of its own: nothing is ever overwritten. */
export async function putDataFile(
  store: ObjectStore,
  bytes: Uint8Array,
  about: Pick<AddFile, 'partitionValues' | 'dataChange' | 'stats'>,
  deps: DeltaDeps,
): Promise<AddFile> {
  const key = `${partitionFolder(about.partitionValues)}part-${deps.uuid()}.zstd.parquet`;
  await withRetries(() => store.put(key, bytes), deps);
  const { partitionValues, ...rest } = about;
  return {
    path: encodePath(key),
    partitionValues,
    size: bytes.length,
    modificationTime: deps.clock(),
    ...rest,
  };
}

/** Partition values stand in the log, not in the file. */
export function withoutColumns(
  { schema, columns, length }: ColumnBatch,
  names: readonly string[],
): ColumnBatch {
  const kept = schema.fields.flatMap(({ name }, i) => (names.includes(name) ? [] : [i]));
  return {
    schema: struct(kept.map((i) => schema.fields[i]!)),
    columns: kept.map((i) => columns[i]!),
    length,
  };
}
