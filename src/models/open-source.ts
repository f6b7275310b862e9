import type { AddFile } from '../delta/actions.ts';
import { loadSnapshot, type Snapshot } from '../delta/snapshot.ts';
import { timestampBounds } from '../delta/stats.ts';
import { describeTable } from '../lake/lake-tables.ts';
import { type LoggedFile, sqlFileOf } from '../lake/sql-file.ts';
import type { SqlTable } from '../sql/sql-engine.ts';
import { type ObjectStore, prefixedStore } from '../stores/object-store.ts';
import { asOfIn } from './model-progress.ts';
import type { ModelSource } from './model-sources.ts';

/** A source at the version that a model is made from; without snapshot where the lake does not have it yet. */
export type OpenSource = ModelSource & {
  readonly store: ObjectStore;
  readonly snapshot: Snapshot | undefined;
  readonly table: Omit<SqlTable, 'files'>;
};

export async function openSource(source: ModelSource, lake: ObjectStore): Promise<OpenSource> {
  const store = prefixedStore(lake, `${source.entry.path}/`);
  const snapshot = await loadSnapshot(store);
  return { ...source, store, snapshot, table: describeTable(source.entry, store, snapshot) };
}

/** Some files of the source, live or removed, as a relation of a query. */
export function relationOf({ table }: OpenSource, name: string, files: readonly LoggedFile[]): SqlTable {
  return { ...table, name, files: files.map(sqlFileOf) };
}

/** The least and greatest value of a timestamp column, in milliseconds rounded down; undefined where a file does not say. */
export function boundsOf(file: LoggedFile, column: string): { min: number; max: number } | undefined {
  return 'stats' in file ? timestampBounds(file as AddFile, column) : undefined;
}

/**
 * The greatest arrival that the rows of these files know of, in milliseconds; undefined without any. A model keeps it in
 * its `txn`, for all its rows.
 */
export function arrivalIn({ entry, snapshot }: OpenSource, files: readonly LoggedFile[]): number | undefined {
  const { arrival } = entry;
  if (arrival === undefined) return snapshot === undefined ? undefined : asOfIn(snapshot.txns);
  const times = files.flatMap((file) => boundsOf(file, arrival)?.max ?? []);
  return times.length === 0 ? undefined : times.reduce((a, b) => Math.max(a, b));
}
