/** The public face of the Delta protocol: tables on any object store, without a cluster. */
export type { Action, AddFile, Metadata, Protocol, RemoveFile, SetTransaction } from './actions.ts';
export { writeCheckpoint } from './checkpoint.ts';
export { commit, type CommitRequest, type CommitResult } from './commit.ts';
export type { ConflictReason, Reads } from './conflict.ts';
export { createTable, type TableDefinition } from './create-table.ts';
export type { DeltaDeps } from './deps.ts';
export {
  CorruptLogError,
  DeltaError,
  LogGoneError,
  TableRefusedError,
  UnsupportedFeatureError,
} from './errors.ts';
export { assertWritable } from './protocol.ts';
export { type Commit, readCommit, readCommits } from './read-commits.ts';
export { type Bound, type ColumnRange, fileFilter } from './prune.ts';
export { readFile } from './read-file.ts';
export { removeOf } from './remove.ts';
export { scan, type ScanOptions } from './scan.ts';
export { type Evolution, evolveSchema } from './schema-evolution.ts';
export { loadSnapshot, loadTableState, type Snapshot, type SnapshotOf } from './snapshot.ts';
export { type FileStats, parseStats, recordCount, timestampBounds } from './stats.ts';
export { withSchema } from './table-schema.ts';
export type { TableState } from './table-state.ts';
export { writeFiles, type WriteOptions } from './write-files.ts';
