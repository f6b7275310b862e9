import type { ColumnBatch } from '../columns/column.ts';
import { type DataType, field, struct, type StructType } from '../columns/types.ts';
import type { ObjectStore } from '../stores/object-store.ts';
import { type AppendOptions, type AppendReport, appendRows } from './append-rows.ts';
import { writeCheckpoint } from './checkpoint.ts';
import { cleanLog, type CleanLogOptions, type CleanLogReport } from './clean-log.ts';
import { createTable as createOrLoad } from './create-table.ts';
import { type DeleteReport, deleteRows } from './delete-rows.ts';
import type { DeltaDeps } from './deps.ts';
import { DeltaError } from './errors.ts';
import { evolveTable } from './evolve-table.ts';
import { type HistoryEntry, readHistory } from './history.ts';
import { type MergeOptions, type MergeReport, mergeRows } from './merge-rows.ts';
import { optimize, type OptimizeOptions, type OptimizeReport } from './optimize.ts';
import { type OverwriteOptions, type OverwriteReport, overwriteRows } from './overwrite-rows.ts';
import type { Predicate } from './predicate.ts';
import type { RowSource } from './prepare-rows.ts';
import { readRows, type Selection } from './read-rows.ts';
import { realDeps } from './real-deps.ts';
import { withRetries } from './retry.ts';
import { loadSnapshot, loadTableState, type Snapshot, type SnapshotOf } from './snapshot.ts';
import { plainRows, type Row } from './table-rows.ts';
import type { TableState } from './table-state.ts';
import { noTable, type Outcome } from './transact.ts';
import { vacuum, type VacuumOptions, type VacuumReport } from './vacuum.ts';

/** Columns by name, in Delta's own words: `{ id: 'long', at: 'timestamp', price: 'decimal(10,2)' }`. All are nullable. */
export type Columns = Readonly<Record<string, DataType>>;

export type TableDescription = {
  readonly columns: Columns;
  /** columns whose values part the table into folders */
  readonly partitionBy?: readonly string[];
  readonly name?: string;
  readonly description?: string;
  /** table properties: `{ 'delta.appendOnly': 'true' }` */
  readonly properties?: Readonly<Record<string, string>>;
};

/** Which rows are read, of which version: the newest, `version`, or what stood there at the time `asOf`. */
export type ReadOptions = Selection & Pick<SnapshotOf, 'version'> & { readonly asOf?: Date };

/**
 * A Delta table on an object store. Every method stands for itself, any number of writers may be at work: a change is
 * committed whole or not at all, and as if it had been alone. Errors say by `retriable` whether the same call may succeed
 * later; a change that fails so may have been committed all the same.
 */
export type DeltaTable = {
  /** where it lies */
  readonly store: ObjectStore;
  /** The schema, the live files and all else that a version consists of. */
  snapshot(of?: Pick<ReadOptions, 'version' | 'asOf'>): Promise<Snapshot>;
  /** Rows as objects; the forms of their values are those that `append` takes. */
  rows(options?: ReadOptions): AsyncGenerator<Row>;
  /** Rows as columns, a batch a data file, without a conversion. */
  batches(options?: ReadOptions): AsyncGenerator<ColumnBatch>;
  /** Adds rows, all in one commit; an async iterable may bring as many as one likes. */
  append(rows: RowSource, options?: AppendOptions): Promise<AppendReport>;
  /** Puts rows in the place of those that `where` is true for, or of all rows. */
  overwrite(rows: RowSource, options?: OverwriteOptions): Promise<OverwriteReport>;
  /** Updates the rows that have the key of a given one, inserts the others, deletes by key. */
  merge(rows: readonly Row[] | ColumnBatch, options: MergeOptions): Promise<MergeReport>;
  /** Deletes the rows that the predicate is true for. */
  delete(where: Predicate, options?: { readonly userMetadata?: string }): Promise<DeleteReport>;
  /** Adds columns that the table has not, and widens byte to short to integer; refuses other types, naming both. */
  evolve(columns: Columns): Promise<StructType>;
  /** Puts small files together, and orders their rows; no row is added, lost or changed. */
  optimize(options?: OptimizeOptions): Promise<OptimizeReport>;
  /** Deletes the data files that no version within the retention refers to. */
  vacuum(options?: VacuumOptions): Promise<VacuumReport>;
  /** The table's commits, the newest first. */
  history(): AsyncGenerator<HistoryEntry>;
  /**
   * Sums the log up, so that opening stays quick: writes a checkpoint of the newest version, and returns that. Undefined where
   * there is one already, or, with `ifDue`, `delta.checkpointInterval` commits have not come since the last.
   */
  checkpoint(options?: { readonly ifDue?: boolean }): Promise<number | undefined>;
  /** Deletes the part of the log that is older than the retention and that a checkpoint stands for. */
  cleanLog(options?: CleanLogOptions): Promise<CleanLogReport>;
};

/**
 * Opens the table whose root is the store's.
 * @param deps clock, randomness, waiting: for tests that repeat
 * @throws DeltaError where there is none; UnsupportedFeatureError where it needs of readers what is not understood
 */
export async function openTable(store: ObjectStore, deps: DeltaDeps = realDeps): Promise<DeltaTable> {
  const state = await withRetries(() => loadTableState(store, deps.clock()), deps);
  if (state === undefined) throw noTable(store);
  return tableOf(store, state, deps);
}

/**
 * Makes the table, or opens the one that is there and brings its columns to the description: what is missing is added,
 * what it has beside stays. A table with another partitioning, or a column of another type, is refused.
 */
export async function createTable(
  store: ObjectStore,
  { columns, partitionBy = [], name, description, properties }: TableDescription,
  deps: DeltaDeps = realDeps,
): Promise<DeltaTable> {
  const definition = {
    schema: schemaOf(columns),
    partitionColumns: partitionBy,
    ...(name === undefined ? {} : { name }),
    ...(description === undefined ? {} : { description }),
    ...(properties === undefined ? {} : { configuration: properties }),
  };
  const state = await createOrLoad(store, definition, deps);
  const wish = { ...definition, name: `table ${name ?? state.metadata.id}` };
  return tableOf(store, await evolveTable(store, state, wish, deps), deps);
}

function schemaOf(columns: Columns): StructType {
  return struct(Object.entries(columns).map(([name, type]) => field(name, type)));
}

/** @param known the newest state that is known: as long as nobody else writes, an append reads nothing */
function tableOf(store: ObjectStore, known: TableState, deps: DeltaDeps): DeltaTable {
  let state = known;
  const found = <T>(value: T | undefined): T => {
    if (value === undefined) throw noTable(store);
    return value;
  };
  const remember = async <T>(change: Promise<Outcome<T>>): Promise<T> => {
    const outcome = await change;
    if (outcome.state.version > state.version) state = outcome.state;
    return outcome.report;
  };
  const snapshot = async ({
    version,
    asOf,
  }: Pick<ReadOptions, 'version' | 'asOf'> = {}): Promise<Snapshot> => {
    if (version !== undefined && asOf !== undefined) {
      throw new DeltaError(`version ${version} and the time ${asOf.toISOString()} cannot both be wanted`);
    }
    const of = {
      ...(version === undefined ? {} : { version }),
      ...(asOf === undefined ? {} : { asOf: asOf.getTime() }),
    };
    return found(await withRetries(() => loadSnapshot(store, of), deps));
  };
  async function* batches({ columns, where, ...of }: ReadOptions = {}): AsyncGenerator<ColumnBatch> {
    const selection = {
      ...(columns === undefined ? {} : { columns }),
      ...(where === undefined ? {} : { where }),
    };
    yield* readRows(store, await snapshot(of), selection, deps);
  }
  return {
    store,
    snapshot,
    batches,
    async *rows(options) {
      for await (const batch of batches(options)) yield* plainRows(batch);
    },
    append: (rows, options = {}) => remember(appendRows(store, state, rows, options, deps)),
    overwrite: (rows, options = {}) => remember(overwriteRows(store, rows, options, deps)),
    merge: (rows, options) => remember(mergeRows(store, rows, options, deps)),
    delete: (where, options = {}) => remember(deleteRows(store, { where, ...options }, deps)),
    async evolve(columns) {
      const wish = { name: `table ${state.metadata.name ?? state.metadata.id}`, schema: schemaOf(columns) };
      state = await evolveTable(store, state, wish, deps);
      return state.schema;
    },
    optimize: async (options = {}) => found(await optimize(store, options, deps)),
    vacuum: async (options = {}) => found(await vacuum(store, options, deps)),
    history: () => readHistory(store),
    checkpoint: (options = {}) => writeCheckpoint(store, options, deps),
    cleanLog: async (options = {}) => found(await cleanLog(store, options, deps)),
  };
}
