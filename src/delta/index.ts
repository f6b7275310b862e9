/**
 * Delta tables on any object store, without a cluster: the API of the library, documented in `docs/delta.md`. Tributary's own
 * rooms, which plan commits of their own, import what they need from its file.
 */
export type { Column, ColumnBatch } from '../columns/column.ts';
export type { DataType, StructField, StructType } from '../columns/types.ts';
export { TributaryError, UsageError } from '../errors.ts';
export type { AddFile, Metadata, Protocol } from './actions.ts';
export type { AppendOptions, AppendReport } from './append-rows.ts';
export type { CleanLogOptions, CleanLogReport } from './clean-log.ts';
export type { ConflictReason } from './conflict.ts';
export type { DeleteReport } from './delete-rows.ts';
export type { DeltaDeps } from './deps.ts';
export {
  CorruptLogError,
  DeltaError,
  TableRefusedError,
  UnsupportedFeatureError,
  VersionGoneError,
} from './errors.ts';
export type { HistoryEntry } from './history.ts';
export type { MergeOptions, MergeReport } from './merge-rows.ts';
export type { OptimizeOptions, OptimizeReport } from './optimize.ts';
export type { OverwriteOptions, OverwriteReport } from './overwrite-rows.ts';
export type { Comparison, PlainValue, Predicate } from './predicate.ts';
export type { RowSource } from './prepare-rows.ts';
export type { Snapshot } from './snapshot.ts';
export {
  type Columns,
  createTable,
  type DeltaTable,
  openTable,
  type ReadOptions,
  type TableDescription,
} from './table.ts';
export type { Row, Rows } from './table-rows.ts';
export type { VacuumOptions, VacuumReport } from './vacuum.ts';
