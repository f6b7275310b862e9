import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fleetDashboard } from '../../bin/grafana/dashboard.ts';
import { loadFleets } from '../../local/load-fleets.ts';
import { answerTile } from '../../local/web/tile-answers.ts';
import { textRows } from '../../src/columns/canonical.ts';
import type { Fleet, Tile } from '../../src/fleet/model.ts';
import { loadLakeTables } from '../../src/lake/lake-tables.ts';
import { createDuckDbEngine } from '../../src/sql/duckdb.ts';
import { createMemoryStore } from '../../src/stores/memory-store.ts';
import { findTileSource } from '../../src/tiles/tile-source.ts';
import { runCli, runCliForJson, temporaryPath } from '../support/cli.ts';
import { expandMacros } from '../support/grafana-macros.ts';
import { fillLake, loadPlant } from '../support/tile-lake.ts';
import { drawSeed } from '../support/seed.ts';

const FROM = Date.UTC(2026, 5, 1, 9);
const SECONDS = 90;
const TO = FROM + SECONDS * 1000;
/** A point of a panel is a window: nothing is gathered. */
const INTERVAL_MS = 1000;

const store = createMemoryStore();
const engine = createDuckDbEngine({ stagingDirectory: join(tmpdir(), 'tributary-grafana-test') });
let plant: Fleet;

beforeAll(async () => {
  plant = await loadPlant();
  await fillLake(plant, store, { from: FROM, to: TO, step: 500, seed: drawSeed('presses') }, engine);
});
afterAll(() => engine.close());

const panelsOf = (fleet: Fleet) =>
  fleetDashboard(fleet, 'dev').panels!.map((panel) => {
    if (!('targets' in panel)) throw new Error('a row where a panel should be');
    const { rawSQL, format, connectionArgs } = panel.targets[0] as unknown as {
      rawSQL: string;
      format: number;
      connectionArgs: Record<string, unknown>;
    };
    return { panel, title: panel.title!, type: panel.type, sql: rawSQL, format, connectionArgs };
  });

async function ask(
  sql: string,
  intervalMs = INTERVAL_MS,
  [from, to]: readonly [number, number] = [FROM, TO],
) {
  const expanded = expandMacros(sql, { from, to, intervalMs });
  const { tables, views } = await loadLakeTables(store, [plant], { mentionedIn: expanded });
  const batch = await engine.query({ sql: expanded, tables, views });
  return {
    fields: batch.schema.fields,
    rows: Array.from(textRows(batch), (cells) => cells.map((cell) => cell ?? null)),
  };
}

const panelOf = (kind: Tile['kind']) => {
  const { title } = plant.tiles.find((tile) => tile.kind === kind)!;
  return panelsOf(plant).find((each) => each.title === title)!;
};

/** Times without a zone, as Athena answers them, and the page's milliseconds, are one. */
const alike = (cell: string | null) =>
  cell !== null && /^\d{4}-\d\d-\d\d[T ]/.test(cell)
    ? String(Date.parse(`${cell.replace(' ', 'T').replace(/Z$/, '')}Z`))
    : cell !== null && cell !== '' && Number.isFinite(Number(cell))
      ? Number.isInteger(Number(cell))
        ? String(Number(cell))
        : Number(cell).toPrecision(12)
      : cell;

describe('the panels of a fleet in Grafana', () => {
  it('are its tiles, in their order, each in a visualization of its kind', () => {
    expect(panelsOf(plant).map(({ title, type }) => [title, type])).toEqual(
      plant.tiles.map(({ title, kind }) => [title, TYPES[kind]]),
    );
  });

  it.each(['number', 'trend', 'bars', 'histogram', 'map', 'table', 'oee'] as const)(
    'show of a %s what the page shows',
    async (kind) => {
      const tile = plant.tiles.find((each) => each.kind === kind)!;
      const source = findTileSource(plant, tile.source)!;
      const page = await answerTile(
        { tile, source, filters: [], asked: { from: FROM, to: TO } },
        { lake: store, fleets: [plant], engine },
      );
      const { rows } = await ask(panelOf(kind).sql);
      expect(rows.length).toBeGreaterThan(kind === 'trend' ? SECONDS : 1);
      expect(rows.map((row) => row.map(alike))).toEqual(page.rows.map((row) => row.map(alike)));
    },
  );

  it('show nothing of what lies outside of the range', async () => {
    const { rows } = await ask(panelOf('trend').sql, INTERVAL_MS, [FROM, FROM + 10_000]);
    expect(new Set(rows.map(([, at]) => alike(at!)))).toHaveProperty('size', 10);
    expect((await ask(panelOf('histogram').sql, INTERVAL_MS, [TO, TO + 10_000])).rows).toEqual([]);
  });

  it('gather windows into the stretches that a point stands for, weighed by what they hold', async () => {
    const { sql } = panelOf('trend');
    const [fine, coarse] = [(await ask(sql)).rows, (await ask(sql, 30_000)).rows];
    expect(coarse.length).toBe((SECONDS / 30) * 4);
    const [label, at, mean] = coarse[0]!;
    const begin = Number(alike(at!));
    const within = fine.filter(
      (row) => row[0] === label && Number(alike(row[1]!)) >= begin && Number(alike(row[1]!)) < begin + 30_000,
    );
    // each window of the simulation holds as many readings as the next
    const expected = within.reduce((sum, row) => sum + Number(row[2]), 0) / within.length;
    expect(within).toHaveLength(30);
    expect(Number(mean)).toBeCloseTo(expected, 9);
  });

  it('tell of a state where it begins, and of none where it ends and none follows', async () => {
    const { rows } = await ask(panelOf('timeline').sql);
    const ofOne = rows.filter(([, label]) => label === 'press-1');
    const { rows: raw } = await ask(
      `SELECT epoch_ms(from_time), epoch_ms(to_time), state FROM plant_states_current WHERE press = 'press-1' ORDER BY 1`,
    );
    const expected = raw.flatMap(([start, end, state], i) => {
      const gap = end !== null && Number(end) < Number(raw[i + 1]?.[0] ?? Infinity);
      return [[Number(start), state], ...(gap ? [[Number(end), null]] : [])];
    });
    expect(ofOne.map(([at, , state]) => [Number(alike(at!)), state])).toEqual(expected);
    expect(expected.some(([, state]) => state === null)).toBe(true);
    expect(expected.length).toBeLessThan(2 * raw.length);
  });

  it('give times without a zone, and numbers that Grafana can draw', async () => {
    for (const { sql } of panelsOf(plant)) {
      for (const { type } of (await ask(sql)).fields)
        // (decimal(38,0) is what DuckDB sums whole numbers to; Athena's sums of them are whole numbers)
        expect(['string', 'timestamp_ntz', 'double', 'long', 'integer', 'decimal(38,0)']).toContain(type);
    }
  });

  it('ask the data source that is chosen on the dashboard, in the database of the stage', () => {
    for (const { panel, connectionArgs } of panelsOf(plant)) {
      expect(panel.datasource).toEqual({ type: 'grafana-athena-datasource', uid: '${athena}' });
      expect(connectionArgs).toMatchObject({ database: 'tributary_dev' });
    }
  });

  it('know the units', () => {
    const shown = panelOf('table').panel.fieldConfig?.overrides;
    expect(shown).toContainEqual({
      matcher: { id: 'byName', options: 'weight_kg' },
      properties: [{ id: 'unit', value: 'masskg' }],
    });
  });
});

const TYPES: Readonly<Record<Tile['kind'], string>> = {
  number: 'stat',
  trend: 'timeseries',
  bars: 'barchart',
  histogram: 'barchart',
  table: 'table',
  map: 'geomap',
  oee: 'gauge',
  timeline: 'state-timeline',
};

describe('npm run grafana', () => {
  it(
    'writes a dashboard for each fleet with tiles, named by stage and fleet',
    { timeout: 60_000 },
    async () => {
      const out = temporaryPath('dashboards');
      const { files } = await runCliForJson<{ files: string[] }>('grafana', '--out', out, '--stage', 'prod');
      const shipped = (await loadFleets()).filter(({ tiles }) => tiles.length > 0);
      expect(readdirSync(out).sort()).toEqual(
        shipped.map(({ name }) => `tributary-prod-${name}.json`).sort(),
      );
      for (const file of files) {
        const { uid, panels } = JSON.parse(readFileSync(file, 'utf8')) as { uid: string; panels: unknown[] };
        expect(file).toBe(join(out, `${uid}.json`));
        expect(panels.length).toBeGreaterThan(0);
      }
    },
  );

  it.each([
    [[], /required option '--out <folder>' not specified/],
    [['--out', 'x', '--fleet', 'wether'], /no fleet "wether"; there are .*weather/],
    [['--out', 'x', '--stage', 'test'], /--stage.* dev, prod/],
    [['--out', 'x', '--fleets', 'nowhere.ts'], /nowhere\.ts: no such file or folder/],
  ] as const)('with %j is a mistake that gets one line', { timeout: 60_000 }, async (args, says) => {
    const { code, stdout, stderr } = await runCli('grafana', ...args);
    expect(stderr).toMatch(says);
    expect(stderr).toMatch(/^tributary: [^\n]+\n$/);
    expect([code, stdout]).toEqual([2, '']);
  });

  it('says so where the folder is a file', { timeout: 60_000 }, async () => {
    const out = temporaryPath('file');
    writeFileSync(out, '');
    const { code, stderr } = await runCli('grafana', '--out', out);
    expect(stderr).toMatch(/^tributary: --out .* is no folder that can be written: [^\n]+\n$/);
    expect(code).toBe(2);
  });
});
