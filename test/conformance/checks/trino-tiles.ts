import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fleetDashboard } from '../../../bin/grafana/dashboard.ts';
import { tileInputs } from '../../../lib/quicksight/tile-data.ts';
import { loadFleets } from '../../../local/load-fleets.ts';
import { textRows } from '../../../src/columns/canonical.ts';
import type { Fleet } from '../../../src/fleet/model.ts';
import { loadLakeTables } from '../../../src/lake/lake-tables.ts';
import { createDuckDbEngine } from '../../../src/sql/duckdb.ts';
import { createFolderStore } from '../../../src/stores/folder-store.ts';
import { expandMacros } from '../../support/grafana-macros.ts';
import { drawSeed } from '../../support/seed.ts';
import { fillLake, loadPlant } from '../../support/tile-lake.ts';
import type { Check } from '../check.ts';
import { useTrino } from '../running.ts';
import { registerLake } from '../trino-models.ts';
import { queryTrino } from '../trino/query.ts';

const HOUR = 3_600_000;
const STEPS = 200;
/** Less than the week that QuickSight's data sets look back. */
const SPAN = 144 * HOUR;

type Query = { readonly name: string; readonly sql: string };

/** What QuickSight and Grafana will ask Athena for, asked of Trino and of DuckDB: of the shipped fleets, and of one with every kind of tile. */
export const trinoTiles: Check = {
  name: 'Trino answers what QuickSight and Grafana ask as DuckDB does',
  needs: ['trino'],
  async run() {
    const folder = await mkdtemp(join(tmpdir(), 'tributary-tiles-'));
    const engine = createDuckDbEngine({ stagingDirectory: join(folder, 'staging') });
    const seed = drawSeed('devices of the tiles');
    const to = Math.floor(Date.now() / HOUR) * HOUR;
    const span = { from: to - SPAN, to, step: SPAN / STEPS, seed };
    let [asked, empty] = [0, 0];
    try {
      const { endpoint } = await useTrino();
      for (const fleet of [await loadPlant(), ...(await loadFleets())]) {
        const lake = join(folder, 'lake');
        const store = createFolderStore(lake);
        const schema = `tiles_${fleet.name}`;
        await fillLake(fleet, store, span, engine);
        await registerLake(endpoint, schema, lake, fleet);
        for (const { name, sql } of queriesOf(fleet, to)) {
          const { tables, views } = await loadLakeTables(store, [fleet], { mentionedIn: sql });
          const ours = Array.from(textRows(await engine.query({ sql, tables, views })));
          asked++;
          if (ours.length === 0) {
            // a table of which nothing was said is not there
            empty++;
            console.log(`${name}: no rows, so Trino is not asked`);
            continue;
          }
          compare(name, ours, await queryTrino(endpoint, sql, schema));
          console.log(`${name}: ${ours.length} rows`);
        }
      }
      if (empty > asked / 10)
        throw new Error(`${empty} of ${asked} queries have no rows, which shows little`);
    } finally {
      await engine.close();
      await rm(folder, { recursive: true });
    }
  },
};

function queriesOf(fleet: Fleet, to: number): Query[] {
  const panels = fleetDashboard(fleet, 'dev').panels!.flatMap((panel, i) => {
    const { rawSQL } = (panel as { readonly targets: readonly unknown[] }).targets[0] as { rawSQL: string };
    // points that are windows, and points that gather them
    return [60_000, 6 * HOUR].map((intervalMs) => ({
      name: `${fleet.name}, panel ${i + 1}, points of ${intervalMs / 60_000} min`,
      // all there is: some devices tell local times, some live in years of their own
      sql: expandMacros(rawSQL, { from: 0, to: to + SPAN, intervalMs }),
    }));
  });
  const dataSets = tileInputs(fleet).flatMap(({ data }) =>
    data.from.kind === 'sql' ? [{ name: `${fleet.name}, data set ${data.name}`, sql: data.from.sql }] : [],
  );
  return [...panels, ...dataSets];
}

type Rows = readonly (readonly unknown[])[];

/** Doubles within 1e-9 of their size, everything else exactly. Rows have no order but that of what they hold. */
function compare(about: string, ours: Rows, theirs: Rows): void {
  const [left, right] = [sortRows(ours), sortRows(theirs)];
  const at = left.findIndex((row, i) => row.some((value, column) => !isNear(value, right[i]?.[column])));
  if (at >= 0 || left.length !== right.length) {
    const show = (row: readonly unknown[] | undefined) => row?.map(String).join(', ') ?? 'nothing';
    throw new Error(
      `${about}: DuckDB makes ${left.length} rows, Trino ${right.length}; the first that differs is ` +
        `${show(left[at])} here, ${show(right[at])} there`,
    );
  }
}

function sortRows(rows: Rows): Rows {
  // numbers order only what nothing else does: two that are near need not sort alike
  const keyOf = (row: readonly unknown[]) => {
    const [numbers, others] = [true, false].map((are) =>
      row.filter((value) => (typeof value === 'number') === are),
    );
    return [...others!, ...numbers!.map((value) => (value as number).toPrecision(7).padStart(24))].join('\0');
  };
  return rows.map((row) => row.map(plain)).toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

/** Numbers as numbers and times in one form, whoever wrote them. */
function plain(value: unknown): unknown {
  if (value === undefined || value === null) return null;
  const text = String(value);
  if (/^\d{4}-\d\d-\d\d[ T]\d\d:\d\d/.test(text))
    return new Date(`${text.replace(' ', 'T').replace(/Z$/, '')}Z`).toISOString();
  return text !== '' && Number.isFinite(Number(text)) ? Number(text) : text;
}

function isNear(a: unknown, b: unknown): boolean {
  if (typeof a !== 'number' || typeof b !== 'number') return a === b;
  return Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a));
}
