import { createTable } from '../delta/create-table.ts';
import type { DeltaDeps } from '../delta/deps.ts';
import { TableRefusedError } from '../delta/errors.ts';
import { modelSchema, partitionColumns, rollupSchema, tablePath } from '../fleet/index.ts';
import type { Fleet, Table } from '../fleet/model.ts';
import { TributaryError } from '../errors.ts';
import { type ObjectStore, prefixedStore } from '../stores/object-store.ts';
import { createLake } from './lake.ts';
import { wishOf } from './open-shares.ts';
import { QUARANTINE } from './quarantine.ts';

/** A table that is there now, by its path in the lake, and its version. */
export type PreparedTable = { readonly table: string; readonly version: number };

/**
 * Makes every table that the fleets define, each with a version 0 without rows, and brings the schemas of those that are
 * there to their definitions: views, datasets and readers find all of them before a first message comes. What is done
 * already is left alone. (A rollup or model that is
 * there is brought to its definition by its next run, which recomputes it.)
 *
 * @throws TributaryError that names every table that cannot become what its definition says: its readings would all go to
 *   the quarantine
 */
export async function prepareLake(
  store: ObjectStore,
  fleets: readonly Fleet[],
  deps: DeltaDeps,
): Promise<readonly PreparedTable[]> {
  const lake = createLake(store, deps);
  const prepared: PreparedTable[] = [];
  const refusals: TableRefusedError[] = [];
  const wishes = fleets.flatMap((fleet) => Object.values(fleet.tables).map(wishOf));
  for (const wish of [QUARANTINE, ...wishes]) {
    try {
      const { state } = await lake.open(wish);
      prepared.push({ table: wish.path, version: state.version });
    } catch (error) {
      if (!(error instanceof TableRefusedError)) throw error;
      refusals.push(error);
    }
  }
  for (const { path, ...definition } of fleets.flatMap(goldOf)) {
    const { version } = await createTable(
      prefixedStore(store, `${path}/`),
      { ...definition, name: path },
      deps,
    );
    prepared.push({ table: path, version });
  }
  if (refusals.length > 0) throw new TributaryError(refusals.map(({ message }) => message).join('; '));
  return prepared;
}

/** The tables that the schedule fills. */
function goldOf({ tables, rollups, models }: Fleet) {
  return [
    ...Object.values(rollups).map((rollup) => ({
      path: tablePath(rollup.fleet, rollup.name),
      schema: rollupSchema(rollup, tables[rollup.source] as Table),
      partitionColumns: partitionColumns(rollup),
    })),
    ...Object.values(models).map((model) => ({
      path: tablePath(model.fleet, model.name),
      schema: modelSchema(model),
      partitionColumns: partitionColumns(model),
    })),
  ];
}
