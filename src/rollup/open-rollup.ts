import { createTable } from '../delta/create-table.ts';
import type { DeltaDeps } from '../delta/deps.ts';
import { loadSnapshot } from '../delta/snapshot.ts';
import { rollupSchema, tablePath } from '../fleet/index.ts';
import type { Rollup, Table } from '../fleet/model.ts';
import type { SqlEngine } from '../sql/sql-engine.ts';
import { type ObjectStore, prefixedStore } from '../stores/object-store.ts';
import { type GoldLayout, rollupLayout } from './gold-files.ts';
import type { Gold } from './plan-update.ts';
import { openSource, type Source } from './source-query.ts';

/** `lake`: the store that all tables lie in. */
export type RollupDeps = DeltaDeps & { readonly lake: ObjectStore; readonly sql: SqlEngine };

/** Gold, but for what is in it. */
export type GoldPlace = { readonly rollup: Rollup; readonly store: ObjectStore; readonly layout: GoldLayout };

export function placeOf(rollup: Rollup, lake: ObjectStore): GoldPlace {
  const store = prefixedStore(lake, `${rollupPath(rollup)}/`);
  return { rollup, store, layout: rollupLayout(rollup) };
}

/** In the lake, and as messages name it: `weather/daily`. */
export function rollupPath({ fleet, name }: Rollup): string {
  return tablePath(fleet, name);
}

/** Gold and its source at their newest versions; undefined where there is no source yet. Gold's table is made where it is missing. */
export async function openRollup(
  place: GoldPlace,
  table: Table,
  deps: RollupDeps,
): Promise<{ readonly gold: Gold; readonly source: Source } | undefined> {
  const { rollup, store, layout } = place;
  for (;;) {
    // gold first: the source can only have gone on since
    const snapshot = await loadSnapshot(store);
    const source = await openSourceAt(table, undefined, deps);
    if (source === undefined) return undefined;
    if (snapshot !== undefined) return { gold: { ...place, snapshot }, source };
    const schema = rollupSchema(rollup, table);
    const { partitionColumns } = layout;
    await createTable(store, { schema, partitionColumns, name: rollupPath(rollup) }, deps);
  }
}

/** The source at a version, or the newest; undefined where there is none yet. */
export async function openSourceAt(
  table: Table,
  version: number | undefined,
  { lake, sql }: RollupDeps,
): Promise<Source | undefined> {
  const store = prefixedStore(lake, `${tablePath(table.fleet, table.name)}/`);
  const snapshot = await loadSnapshot(store, version === undefined ? {} : { version });
  return snapshot === undefined ? undefined : openSource(table, store, snapshot, sql);
}
