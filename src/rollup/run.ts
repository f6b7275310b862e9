import { createTable } from '../delta/create-table.ts';
import type { DeltaDeps } from '../delta/deps.ts';
import { loadSnapshot } from '../delta/snapshot.ts';
import { TributaryError } from '../errors.ts';
import { rollupSchema, tablePath } from '../fleet/index.ts';
import type { Rollup, Table } from '../fleet/model.ts';
import type { SqlEngine } from '../sql/sql-engine.ts';
import { type ObjectStore, prefixedStore } from '../stores/object-store.ts';
import { commitGold } from './commit-gold.ts';
import { rollupLayout } from './gold-files.ts';
import { progressTxns } from './gold-progress.ts';
import { openSource } from './source-query.ts';
import { type Gold, prepareUpdate } from './update.ts';

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
    const schema = rollupSchema(rollup, table);
    const layout = rollupLayout(rollup);
    if (snapshot === undefined) {
      await createTable(store, { schema, partitionColumns: layout.partitionColumns, name: path }, deps);
      continue;
    }
    const source = openSource(table, sourceStore, sourceSnapshot, deps.sql);
    const gold: Gold = { rollup, layout, store, snapshot };
    const update = await prepareUpdate(gold, source, deps);
    if (update === undefined) {
      return {
        ...nothing,
        kind: lost === 0 ? 'up-to-date' : 'dropped',
        sourceVersion: sourceSnapshot.version,
      };
    }
    const { progress, added, removed, ...done } = update;
    const { sourceVersion } = progress;
    const { id } = sourceSnapshot.metadata;
    const commit = {
      operation: 'ROLLUP',
      kind: done.kind,
      added,
      removed,
      txns: progressTxns(id, progress),
      schema,
      parameters: { source: id, sourceVersion },
    } as const;
    if (await commitGold(gold, commit, deps)) {
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
