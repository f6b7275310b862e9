import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tileInputs } from '../../lib/quicksight/tile-data.ts';
import { textRows } from '../../src/columns/canonical.ts';
import type { Fleet } from '../../src/fleet/model.ts';
import { loadLakeTables } from '../../src/lake/lake-tables.ts';
import { createDuckDbEngine } from '../../src/sql/duckdb.ts';
import { createMemoryStore } from '../../src/stores/memory-store.ts';
import { drawSeed } from '../support/seed.ts';
import { fillLake, loadPlant } from '../support/tile-lake.ts';

const STEP = 500;
const DAY = 86_400_000;
/** Data sets over raw tables end with the clock: two of three stretches of ten seconds are in their reach. */
const NOW = Math.floor(Date.now() / 1000) * 1000;
const STRETCHES = [NOW - 8 * DAY, NOW - 6 * DAY, NOW - 60_000];
const LENGTH = 10_000;

const store = createMemoryStore();
const engine = createDuckDbEngine({ stagingDirectory: join(tmpdir(), 'tributary-quicksight-test') });
let plant: Fleet;

beforeAll(async () => {
  plant = await loadPlant();
  const seed = drawSeed('presses');
  for (const from of STRETCHES)
    await fillLake(plant, store, { from, to: from + LENGTH, step: STEP, seed }, engine);
});
afterAll(() => engine.close());

const inputOf = (title: string) => tileInputs(plant).find(({ tile }) => tile.title === title)!;

async function ask(sql: string) {
  const { tables, views } = await loadLakeTables(store, [plant], { mentionedIn: sql });
  const batch = await engine.query({ sql, tables, views });
  return { fields: batch.schema.fields, rows: Array.from(textRows(batch)) };
}

describe('the data sets of a dashboard', () => {
  it('have the columns that they say, of the types that they say', async () => {
    for (const { data } of tileInputs(plant)) {
      const columns = data.columns.map(({ name }) => `"${name}"`).join(', ');
      const sql =
        data.from.kind === 'sql' ? data.from.sql : `SELECT ${columns} FROM ${data.from.name} LIMIT 10`;
      const { fields, rows } = await ask(sql);
      expect(rows.length, data.name).toBeGreaterThan(0);
      expect(fields.map(({ name, type }) => ({ name, type }))).toEqual(
        // times have lost their zone
        data.columns.map(({ name, type }) => ({ name, type: type === 'timestamp' ? 'timestamp_ntz' : type })),
      );
    }
  });

  it('over raw tables hold the readings of the last seven days, each once', async () => {
    const { data } = inputOf('Weights');
    const { rows } = await ask((data.from as { readonly sql: string }).sql);
    const perStretch = (LENGTH / STEP) * plant.simulation!.devices;
    expect(rows).toHaveLength(2 * perStretch);
  });

  it('of newest rows hold one for each group', async () => {
    const { data } = inputOf('Effectiveness');
    const { rows } = await ask((data.from as { readonly sql: string }).sql);
    expect(rows.map(([label]) => label)).toEqual(['press-1', 'press-2', 'press-3', 'press-4']);
    const newest = new Date(STRETCHES.at(-1)! + LENGTH - STEP).toISOString().slice(0, 22);
    for (const [, at] of rows) expect(at!.replace(' ', 'T')).toContain(newest.slice(0, 21));
  });

  it('are shared by the tiles of one aggregate', () => {
    const kept = tileInputs(plant).filter(({ data }) => data.kept);
    expect(kept.length).toBeGreaterThan(1);
    expect(new Set(kept.map(({ data }) => data)).size).toBe(1);
  });
});
