import { commit } from '../delta/commit.ts';
import { createTable } from '../delta/create-table.ts';
import type { DeltaDeps } from '../delta/deps.ts';
import { removeOf } from '../delta/remove.ts';
import { loadSnapshot } from '../delta/snapshot.ts';
import { withSchema } from '../delta/table-schema.ts';
import { TributaryError } from '../errors.ts';
import { partitionColumns, rollupSchema, tablePath } from '../fleet/index.ts';
import type { Rollup, Table } from '../fleet/model.ts';
import type { SqlEngine } from '../sql/sql-engine.ts';
import { type ObjectStore, prefixedStore } from '../stores/object-store.ts';
import type { Gold } from './gold-files.ts';
import { progressTxns } from './gold-progress.ts';
import { openSource, type Source } from './source-query.ts';
import { type GoldUpdate, prepareUpdate } from './update.ts';

export type RollupReport = {
  /** its path in the lake: `weather/daily` */
  readonly rollup: string;
  /** 'dropped': another run brought gold as far as this one would have */
  readonly kind: 'up-to-date' | 'incremental' | 'full' | 'dropped';
  /** why all was recomputed, or why nothing could be done */
  readonly why?: string;
  /** the source's version that gold now stands for; undefined where there is no source yet */
  readonly sourceVersion: number | undefined;
  /** windows recomputed, and their gold rows */
  readonly windows: number;
  readonly rows: number;
  /** rows of other windows whose `final` changed, because the watermark moved */
  readonly finalized: number;
  /** data files of the source that were read, and of gold that were replaced */
  readonly filesRead: number;
  readonly filesReplaced: number;
};

/** `lake`: the store that all tables lie in. */
export type RollupDeps = DeltaDeps & { readonly lake: ObjectStore; readonly sql: SqlEngine };

/** Another run, or a compaction of gold, may come between; many in a row are a fault. */
const MAX_ATTEMPTS = 5;

/**
 * Brings a rollup up to its source (design 5.6–5.9): recomputes the windows that changed since the version that gold names, and
 * commits their rows, the source's version and the watermark at once. The result equals the full recompute over that
 * version. A run that dies leaves gold as it was; what it wrote is swept by vacuum.
 *
 * Rejects with a `retriable` error where others rewrote gold all the time.
 */
export async function runRollup(rollup: Rollup, table: Table, deps: RollupDeps): Promise<RollupReport> {
  const path = tablePath(rollup.fleet, rollup.name);
  const store = prefixedStore(deps.lake, `${path}/`);
  const sourceStore = prefixedStore(deps.lake, `${tablePath(table.fleet, table.name)}/`);
  const nothing = { rollup: path, windows: 0, rows: 0, finalized: 0, filesRead: 0, filesReplaced: 0 };
  let lost = 0;
  while (lost < MAX_ATTEMPTS) {
    // gold first: the source can only have gone on since
    const snapshot = await loadSnapshot(store);
    const sourceSnapshot = await loadSnapshot(sourceStore);
    if (sourceSnapshot === undefined) {
      return { ...nothing, kind: 'up-to-date', why: 'the source is not there yet', sourceVersion: undefined };
    }
    if (snapshot === undefined) {
      const definition = {
        schema: rollupSchema(rollup, table),
        partitionColumns: partitionColumns(rollup),
        name: path,
      };
      await createTable(store, definition, deps);
      continue;
    }
    const source = openSource(table, sourceStore, sourceSnapshot, deps.sql);
    const gold: Gold = { rollup, store, snapshot };
    const update = await prepareUpdate(gold, source, deps);
    if (update === undefined) {
      return {
        ...nothing,
        kind: lost === 0 ? 'up-to-date' : 'dropped',
        sourceVersion: sourceSnapshot.version,
      };
    }
    if (await commitUpdate(gold, source, update, deps)) {
      const { progress, added: _, removed, ...done } = update;
      const { sourceVersion } = progress;
      return {
        rollup: path,
        ...done,
        sourceVersion,
        filesRead: source.read.size,
        filesReplaced: removed.length,
      };
    }
    lost++;
  }
  throw new TributaryError(
    `rollup ${path}: others rewrote it ${MAX_ATTEMPTS} times meanwhile; run it again`,
    { retriable: true },
  );
}

/** Whether gold took it: nothing else may have changed gold's rows since it was read. */
async function commitUpdate(
  gold: Gold,
  source: Source,
  update: GoldUpdate,
  deps: DeltaDeps,
): Promise<boolean> {
  const { snapshot } = gold;
  const { id } = source.snapshot.metadata;
  const { kind, progress } = update;
  const now = deps.clock();
  const result = await commit(
    gold.store,
    {
      base: snapshot,
      operation: 'ROLLUP',
      adds: update.added,
      removes: update.removed.map((file) => removeOf(file, now, true)),
      txns: progressTxns(id, progress),
      ...(kind === 'full' ? newMetadata(gold, source.table) : {}),
      info: { operationParameters: { kind, source: id, sourceVersion: progress.sourceVersion } },
      reads: 'table',
    },
    deps,
  );
  return result.kind === 'committed';
}

/** Where all rows are replaced, the table takes the definition's columns, whatever it had. */
function newMetadata({ snapshot, rollup }: Gold, table: Table) {
  const schema = rollupSchema(rollup, table);
  const columns = partitionColumns(rollup);
  const { metadata } = snapshot;
  const same =
    JSON.stringify(schema) === JSON.stringify(snapshot.schema) &&
    columns.join() === metadata.partitionColumns.join();
  return same ? {} : { metadata: withSchema({ ...metadata, partitionColumns: columns }, schema) };
}
