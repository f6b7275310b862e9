import { createRandom } from '../../device-sim/random.ts';
import { loadFleets } from '../../local/load-fleets.ts';
import type { PrimitiveType } from '../../src/columns/types.ts';
import type { Fleet } from '../../src/fleet/model.ts';
import { runRollup } from '../../src/rollup/run.ts';
import type { SqlEngine } from '../../src/sql/sql-engine.ts';
import type { ObjectStore } from '../../src/stores/object-store.ts';
import { createLake, deps, type RawRow, runModels } from '../models/lake-rig.ts';

/** A fleet with a tile of every kind. */
export async function loadPlant(): Promise<Fleet> {
  const [plant] = await loadFleets('test/dashboard/fixtures/plant.ts');
  return plant!;
}

export type Simulated = {
  /** milliseconds, UTC: what devices say is of times from `from` to before `to` */
  readonly from: number;
  readonly to: number;
  readonly step: number;
  readonly seed: number;
};

/** Rows of what the fleet's devices say, each fifth twice, the later with other values; rollups and models are made of them. */
export async function fillLake(
  fleet: Fleet,
  store: ObjectStore,
  { from, to, step, seed }: Simulated,
  sql: SqlEngine,
): Promise<void> {
  const tables = new Map<string, RawRow[]>();
  for (let index = 0; index < fleet.simulation!.devices; index++) {
    const device = fleet.simulation!.device(index, createRandom(seed, fleet.name, index));
    for (let at = from; at < to; at += step) {
      for (const { table, levels, payload } of device.next(at)) {
        const rows = tables.get(table) ?? [];
        const row = rowOf(fleet, table, levels, payload as Readonly<Record<string, unknown>>, at);
        rows.push(row);
        if (rows.length % 5 === 0) rows.push({ ...row, arrivedAt: row.arrivedAt + 1 });
        tables.set(table, rows);
      }
    }
  }
  const lake = createLake(fleet, store);
  for (const [table, rows] of tables) await lake.append(table, rows);
  for (const rollup of Object.values(fleet.rollups))
    await runRollup(rollup, fleet.tables[rollup.source]!, { ...deps, lake: store, sql });
  await runModels(fleet, store, sql);
}

function rowOf(
  fleet: Fleet,
  table: string,
  levels: Readonly<Record<string, string>>,
  payload: Readonly<Record<string, unknown>>,
  at: number,
): RawRow {
  const own = fleet.tables[table]!.columns.map(({ name, source, type }) => {
    if (source.kind === 'topicLevel') return [name, levels[source.name]];
    if (source.kind === 'arrival') return [name, at];
    const value = source.kind === 'reading' ? payload[String(source.paths[0]![0])] : undefined;
    return [name, typeof value === 'string' && type !== 'string' ? parseText(value, type) : (value ?? null)];
  });
  return { ...Object.fromEntries(own), arrivedAt: at } as RawRow;
}

/** Boards send numbers as texts. */
function parseText(text: string, type: PrimitiveType): unknown {
  return type === 'timestamp' ? Date.parse(text) : Number(text);
}
