import type { StructType } from '../columns/types.ts';
import { createTable } from '../delta/create-table.ts';
import type { DeltaDeps } from '../delta/deps.ts';
import { evolveTable } from '../delta/evolve-table.ts';
import { assertWritable } from '../delta/protocol.ts';
import { loadTableState } from '../delta/snapshot.ts';
import type { TableState } from '../delta/table-state.ts';
import { type ObjectStore, prefixedStore } from '../stores/object-store.ts';

/** What a table should look like: the definition's wish. The log stays the truth. */
export type TableWish = {
  /** in the lake: `weather/observations` */
  readonly path: string;
  readonly schema: StructType;
  readonly partitionColumns: readonly string[];
  readonly description?: string;
};

/**
 * A writer's hold on one table: its store and the newest state that this process has seen. The state is kept between
 * batches, so that a warm batch neither lists nor reads the log (design 5.9).
 */
export type LakeTable = {
  readonly wish: TableWish;
  readonly store: ObjectStore;
  state: TableState;
  /** shards that were met with a state no older than their first batch here, by their progress key */
  readonly met: Set<string>;
};

export type Lake = {
  readonly deps: DeltaDeps;
  /**
   * The table, made or evolved to its wish where needed. Rejects with `TableRefusedError` where the table in the lake
   * cannot be written for good: a foreign protocol, a schema that cannot become the wish.
   */
  open(wish: TableWish): Promise<LakeTable>;
  /** Drops what is remembered of a table, so that the next `open` reads its log anew. */
  forget(path: string): void;
};

/** `store` holds the whole lake; tables lie below it at their paths. */
export function createLake(store: ObjectStore, deps: DeltaDeps): Lake {
  const tables = new Map<string, LakeTable>();
  return {
    deps,
    async open(wish) {
      const known = tables.get(wish.path);
      if (known !== undefined) return known;
      const table = await openTable(prefixedStore(store, `${wish.path}/`), wish, deps);
      tables.set(wish.path, table);
      return table;
    },
    forget: (path) => void tables.delete(path),
  };
}

async function openTable(store: ObjectStore, wish: TableWish, deps: DeltaDeps): Promise<LakeTable> {
  const state =
    (await loadTableState(store, deps.clock())) ?? (await createTable(store, creation(wish), deps));
  // a foreign table is refused before a data file is written to it
  assertWritable(state);
  const table: LakeTable = { wish, store, state, met: new Set() };
  await reconcile(table, deps);
  return table;
}

function creation(wish: TableWish) {
  const { schema, partitionColumns, path, description } = wish;
  return { schema, partitionColumns, name: path, ...(description === undefined ? {} : { description }) };
}

/** Brings the table's schema to the wish, as far as the protocol lets readers follow; refuses the rest. */
export async function reconcile(table: LakeTable, deps: DeltaDeps): Promise<void> {
  const { path, schema, partitionColumns } = table.wish;
  const wish = { name: `table ${path}`, schema, partitionColumns };
  table.state = await evolveTable(table.store, table.state, wish, deps);
}
