import type { ColumnBatch } from '../columns/column.ts';
import type { StructType } from '../columns/types.ts';
import type { ObjectStore } from '../stores/object-store.ts';

/**
 * A table as a query sees it: the live files of one snapshot, already pruned where the caller knows how. Partition
 * values are Delta's strings, null where absent. `fields` may name fewer columns than the table has.
 */
export type SqlTable = {
  /** the name in the query */
  readonly name: string;
  readonly schema: StructType;
  readonly partitionColumns: readonly string[];
  readonly store: ObjectStore;
  readonly files: readonly SqlFile[];
};

/** `key`: relative to `store`, decoded. */
export type SqlFile = {
  readonly key: string;
  readonly size: number;
  readonly partitionValues: Readonly<Record<string, string | null>>;
};

/** A view: SQL over the tables and the views before it. */
export type SqlView = { readonly name: string; readonly sql: string };

export type SqlQuery = {
  readonly sql: string;
  /** ends the query: it rejects with the signal's reason */
  readonly signal?: AbortSignal;
};

export type SqlRequest = SqlQuery & {
  readonly tables: readonly SqlTable[];
  readonly views?: readonly SqlView[];
};

/**
 * Answers SQL over named snapshots. Sessions run in UTC, read nothing but the named tables, and refuse writes. Rejects
 * with `SqlError` for what the query's author can mend, with `DataFileGoneError` where a listed file is not there.
 */
export type SqlEngine = {
  query(request: SqlRequest): Promise<ColumnBatch>;
  close(): Promise<void>;
};

/**
 * Answers SQL over tables that a catalog knows, at their newest versions. Refuses writes. Rejects as a `SqlEngine` does, and
 * with `QueryServiceError` where the service failed.
 */
export type CatalogEngine = {
  query(query: SqlQuery): Promise<ColumnBatch>;
  close(): Promise<void>;
};
