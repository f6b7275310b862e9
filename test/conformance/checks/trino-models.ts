import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRandom } from '../../../device-sim/random.ts';
import { loadFleets } from '../../../local/load-fleets.ts';
import { canonicalValue } from '../../../src/columns/canonical.ts';
import { scan } from '../../../src/delta/scan.ts';
import { loadSnapshot } from '../../../src/delta/snapshot.ts';
import type { Fleet } from '../../../src/fleet/model.ts';
import { createDuckDbEngine } from '../../../src/sql/duckdb.ts';
import { createFolderStore } from '../../../src/stores/folder-store.ts';
import { createLake, type RawRow, runModels } from '../../models/lake-rig.ts';
import { drawSeed } from '../../support/seed.ts';
import type { Check } from '../check.ts';
import { compareRows } from '../compare-rows.ts';
import { useTrino } from '../running.ts';
import { registerLake, rowsByTrino } from '../trino-models.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** The night of 23 hours lies in what is simulated. */
const NOW = Date.UTC(2024, 2, 31, 6);
const CALLS = 200;

/** The text of each shipped model, run by Trino over the same tables, gives the rows that DuckDB made. */
export const trinoModels: Check = {
  name: 'Trino makes of every model what DuckDB makes of it',
  needs: ['trino'],
  async run() {
    const folder = await mkdtemp(join(tmpdir(), 'tributary-models-'));
    const sql = createDuckDbEngine({ stagingDirectory: join(folder, 'staging') });
    const seed = drawSeed('devices of the models');
    try {
      const { endpoint } = await useTrino();
      for (const fleet of (await loadFleets()).filter(({ models }) => Object.keys(models).length > 0)) {
        const lake = join(folder, 'lake');
        await simulateInto(fleet, lake, seed);
        await runModels(fleet, createFolderStore(lake), sql);
        await registerLake(endpoint, fleet.name, lake, fleet);
        for (const model of Object.values(fleet.models)) {
          const span = { from: NOW - 9 * DAY, to: NOW + DAY };
          const theirs = await rowsByTrino(endpoint, fleet.name, { model, lake, ...span });
          const ours = await rowsHere(`${lake}/${fleet.name}/${model.name}`, model.columns.length);
          if (ours.length === 0)
            throw new Error(`${fleet.name}/${model.name} has no rows, which shows nothing`);
          compareRows(`${fleet.name}/${model.name}`, ours, theirs);
          console.log(`${fleet.name}/${model.name}: ${ours.length} rows`);
        }
      }
    } finally {
      await sql.close();
      await rm(folder, { recursive: true });
    }
  },
};

/** What some devices of the fleet say, late by up to a minute, with each fifth message doubled. */
async function simulateInto(fleet: Fleet, lake: string, seed: number): Promise<void> {
  const tables = new Map<string, RawRow[]>();
  for (let index = 0; index < fleet.simulation!.devices; index++) {
    const random = createRandom(seed, fleet.name, index);
    const device = fleet.simulation!.device(index, random);
    for (let call = 0; call < CALLS; call++) {
      for (const { table, levels, payload } of device.next(NOW)) {
        const row = rowOf(fleet, table, levels, payload as Readonly<Record<string, unknown>>, random());
        const rows = tables.get(table) ?? [];
        rows.push(row);
        if (rows.length % 5 === 0) rows.push({ ...row, arrivedAt: row.arrivedAt + 1 });
        tables.set(table, rows);
      }
    }
  }
  const rig = createLake(fleet, createFolderStore(lake));
  for (const [table, rows] of tables) await rig.append(table, rows);
}

function rowOf(
  fleet: Fleet,
  table: string,
  levels: Readonly<Record<string, string>>,
  payload: Readonly<Record<string, unknown>>,
  delay: number,
): RawRow {
  const own = fleet.tables[table]!.columns.map(({ name, source, type }) => {
    if (source.kind === 'topicLevel') return [name, levels[source.name]];
    const value = source.kind === 'reading' ? payload[String(source.paths[0]![0])] : undefined;
    return [name, type === 'timestamp' ? Date.parse(String(value)) : (value ?? null)];
  });
  return { ...Object.fromEntries(own), arrivedAt: NOW + Math.floor(delay * 60_000) } as RawRow;
}

async function rowsHere(path: string, columns: number): Promise<readonly (readonly unknown[])[]> {
  const store = createFolderStore(path);
  const rows: unknown[][] = [];
  for await (const batch of scan(store, (await loadSnapshot(store))!)) {
    for (let row = 0; row < batch.length; row++)
      rows.push(batch.columns.slice(0, columns).map((column) => canonicalValue(column, row) ?? null));
  }
  return rows;
}
