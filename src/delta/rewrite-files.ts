import type { Column, ColumnBatch } from '../columns/column.ts';
import type { ObjectStore } from '../stores/object-store.ts';
import type { AddFile, PartitionValues } from './actions.ts';
import { createDataFileWriter, withoutColumns } from './data-file.ts';
import type { DeltaDeps } from './deps.ts';
import { DeltaError } from './errors.ts';
import { leastValue } from './prune.ts';
import { readFileInBatches } from './read-file.ts';
import type { Snapshot } from './snapshot.ts';
import { type SortInput, sortRows } from './sorted-rows.ts';
import { parseStats, recordCount } from './stats.ts';

/** Rows that are encoded together, a row group: what the budget of memory allows (`bench/compaction.ts`). */
const LIMITS = { rows: 65_536, bytes: 16 << 20 };

export type Rewrite = {
  /** live files of one partition */
  readonly files: readonly AddFile[];
  readonly partitionValues: PartitionValues;
  /** no partition columns */
  readonly sortBy: readonly string[];
  readonly targetBytes: number;
  readonly targetRows: number;
  /** asked now and then: true gives the rewrite up */
  readonly isLate: () => boolean;
};

/**
 * Writes the rows of the files into new ones, none added, none lost. One new file and some row groups are in memory at a
 * time, however many files there are. Undefined where `isLate` said so on the way; what was written then is nobody's.
 *
 * @throws CorruptLogError where a file is not what the log says
 */
export async function rewriteFiles(
  store: ObjectStore,
  snapshot: Snapshot,
  rewrite: Rewrite,
  deps: DeltaDeps,
): Promise<readonly AddFile[] | undefined> {
  const absent = absentColumns(snapshot, rewrite.files);
  const narrow = await writeRows(store, snapshot, rewrite, absent, deps);
  // statistics of others may not speak of every column that their files hold
  const adds = narrow === 'holds more' ? await writeRows(store, snapshot, rewrite, [], deps) : narrow;
  return typeof adds === 'string' ? undefined : adds;
}

async function writeRows(
  store: ObjectStore,
  snapshot: Snapshot,
  { files, partitionValues, sortBy, targetBytes, targetRows, isLate }: Rewrite,
  absent: readonly string[],
  deps: DeltaDeps,
): Promise<readonly AddFile[] | 'late' | 'holds more'> {
  const leftOut = [...snapshot.metadata.partitionColumns, ...absent];
  const { schema } = withoutColumns({ schema: snapshot.schema, columns: [], length: 0 }, leftOut);
  const expectedBytes = files.reduce((sum, { size }) => sum + size, 0);
  const options = { partitionValues, dataChange: false, targetBytes, targetRows, expectedBytes };
  const writer = createDataFileWriter(store, schema, options, deps);
  let read = 0;
  const inputs = files.map((add): SortInput => {
    const least = sortBy[0] === undefined ? undefined : leastValue(snapshot, add, sortBy[0]);
    return {
      least,
      async *read() {
        for await (const rows of readFileInBatches(store, snapshot, add)) {
          read += rows.length;
          yield rows;
        }
      },
    };
  });
  for await (const rows of sortRows(inputs, sortBy, LIMITS)) {
    if (isLate()) return 'late';
    if (holdsValues(rows, absent)) return 'holds more';
    await writer.write(withoutColumns(rows, leftOut));
  }
  const adds = await writer.finish();
  const written = adds.reduce((sum, add) => sum + recordCount(add), 0);
  if (written !== read) {
    throw new DeltaError(`${read} rows of ${files.length} files became ${written}: the rewrite is given up`);
  }
  return adds;
}

/** Columns that came after the files: left out again, for that is null. */
function absentColumns({ schema, metadata }: Snapshot, files: readonly AddFile[]): string[] {
  const held = new Set([
    ...metadata.partitionColumns,
    ...files.flatMap((add) => Object.keys(parseStats(add).nullCount ?? {})),
  ]);
  const absent = schema.fields.map(({ name }) => name).filter((name) => !held.has(name));
  return absent.length === schema.fields.length - metadata.partitionColumns.length ? [] : absent;
}

function holdsValues({ schema, columns }: ColumnBatch, names: readonly string[]): boolean {
  return schema.fields.some(({ name }, i) => names.includes(name) && !isNull(columns[i]!));
}

function isNull({ validity, values }: Column): boolean {
  return values.length === 0 || (validity !== undefined && !validity.includes(1));
}
