import fc from 'fast-check';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { factory } from '../../fleets/index.ts';
import type { Fleet } from '../../src/fleet/model.ts';
import { createDuckDbEngine } from '../../src/sql/duckdb.ts';
import { temporaryFolder } from '../sql/data-files.ts';
import { drawSeed } from '../support/seed.ts';
import { copyTables, createLake, type RawRow, readRows, runModels } from './lake-rig.ts';
import { expectRows, expectSameRows } from './expect-rows.ts';
import { computeEnergy, computeEnergySteps } from './plain-energy.ts';
import { computeOee, walkCounter } from './plain-factory.ts';

const MINUTE = 60_000;
const ANCHOR = Date.UTC(2024, 9, 27, 0, 30);
const AREAS = { a: 'pressing', b: 'pressing', c: 'packing' };
const STEP = ['window_start', 'generator', 'reported_at'];
const COUNT = ['line', 'counter', 'reported_at'];
const ENERGY = ['window_start', 'area'];

const MODELS = [
  'state_intervals',
  'mode_intervals',
  'design_speed_intervals',
  'count_steps',
  'energy_steps',
  'oee_hourly',
  'energy_hourly',
];
const fleet: Fleet = {
  ...factory,
  models: Object.fromEntries(MODELS.map((name) => [name, factory.models[name]!])),
};

type Place = readonly [generator: string, area: string];
/** Few moments of a day, so that reports meet, and few reports at a time, so that most hours stay as they are. */
const times = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 24 }).map((slot) => slot * 30 * MINUTE) },
  { weight: 1, arbitrary: fc.integer({ min: -9, max: 9 }).map((day) => day * 1440 * MINUTE) },
);
const report = { time: times, delay: fc.integer({ min: 0, max: 200 }) };
const some = <Value>(value: fc.Arbitrary<Value>) => fc.array(value, { minLength: 1, maxLength: 3 });

const steps = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('generators' as const),
      rows: some(
        fc.record({
          ...report,
          // g2 is carted about
          place: fc.constantFrom<Place[]>(['g1', 'pressing'], ['g2', 'pressing'], ['g2', 'packing']),
          energy: fc.integer({ min: 0, max: 8000 }).map((eighths) => eighths / 8),
        }),
      ),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('counts' as const),
      rows: some(
        fc.record({
          ...report,
          line: fc.constantFrom('a', 'b', 'c'),
          counter: fc.constantFrom('ProdProcessedCount', 'ProdProcessedCount', 'ProdDefectiveCount'),
          count: fc.integer({ min: 0, max: 500 }),
        }),
      ),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('remove' as const), file: fc.nat(100) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('compact' as const), file: fc.nat(100) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('run' as const) }) },
);
type Step = typeof steps extends fc.Arbitrary<infer T> ? T : never;

function rawRows(step: Extract<Step, { readonly rows: unknown }>): RawRow[] {
  const common = ({ time, delay }: { readonly time: number; readonly delay: number }) => ({
    site: 's',
    reported_at: ANCHOR + time,
    arrivedAt: ANCHOR + delay * MINUTE,
  });
  return step.kind === 'generators'
    ? step.rows.map((row) => ({
        ...common(row),
        generator: row.place[0],
        area: row.place[1],
        power_kw: 80,
        energy_kwh: row.energy,
        fuel_pct: 50,
      }))
    : step.rows.map((row) => ({
        ...common(row),
        area: areaOf(row.line),
        line: row.line,
        counter: row.counter,
        product: '0',
        acc_count: row.count,
      }));
}

function areaOf(line: string): string {
  return AREAS[line as keyof typeof AREAS];
}

const at = (minutes: number) => ({ time: minutes * MINUTE, delay: minutes });
/** Whatever is drawn, a good part costs energy at the first run, and something is late at the last. */
const FIRST: readonly Step[] = [
  {
    kind: 'generators',
    rows: [
      { ...at(1), place: ['g1', 'pressing'], energy: 10 },
      { ...at(9), place: ['g1', 'pressing'], energy: 12.5 },
    ],
  },
  {
    kind: 'counts',
    rows: [
      { ...at(2), line: 'a', counter: 'ProdProcessedCount', count: 3 },
      { ...at(8), line: 'a', counter: 'ProdProcessedCount', count: 13 },
    ],
  },
  { kind: 'run' },
];
const LAST: readonly Step[] = [
  { kind: 'generators', rows: [{ time: 3 * MINUTE, delay: 200, place: ['g1', 'pressing'], energy: 11 }] },
  { kind: 'run' },
];

test('energy and counts go on by what plain code computes, and by what making all of it gives', async () => {
  const sql = createDuckDbEngine({ stagingDirectory: join(temporaryFolder(), 'staging') });
  onTestFinished(() => sql.close());
  const kinds = new Set<string>();
  let priced = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(steps, { minLength: 4, maxLength: 12 }), async (plan) => {
      const lake = createLake(fleet);
      for (const step of [...FIRST, ...plan, ...LAST]) {
        if (step.kind === 'remove') await lake.remove(step.file);
        else if (step.kind === 'compact') await lake.compact(step.file);
        else if (step.kind !== 'run') await lake.append(step.kind, rawRows(step));
        else {
          for (const each of await runModels(fleet, lake.store, sql)) kinds.add(each.kind);
          const fresh = await copyTables(lake.store, fleet);
          await runModels(fleet, fresh, sql);
          const read = (name: string, order: readonly string[], from = lake.store) =>
            readRows(from, `factory/${name}`, order);
          for (const [name, { columns }] of Object.entries(fleet.models)) {
            const order = columns.map((column) => column.name);
            expectSameRows(await read(name, order), await read(name, order, fresh));
          }
          const counts = lake.current('counts');
          expectRows(await read('count_steps', COUNT), computeCountSteps(counts), COUNT);
          const given = computeEnergySteps(lake.current('generators'));
          expectRows(await read('energy_steps', STEP), given, STEP);
          const tables = { states: [], modes: [], design_speeds: [], counts };
          const asOf = lake.arrival('counts') ?? -Infinity;
          const energy = computeEnergy(given, computeOee(tables, asOf, factory.timeZone, undefined), areaOf);
          expectRows(await read('energy_hourly', ENERGY), energy, ENERGY);
          priced += energy.filter((row) => row['kwh_per_good_part'] !== null).length;
        }
      }
    }),
    {
      seed: drawSeed('factory energy'),
      numRuns: Number(process.env['RUNS'] ?? 3),
      endOnFailure: process.env['SHRINK'] === undefined,
    },
  );
  // without an increment, or without a good part that cost energy, nothing was shown of them
  expect(Array.from(kinds)).toContain('incremental');
  expect(priced).toBeGreaterThan(0);
}, 300_000);

function computeCountSteps(counts: readonly RawRow[]) {
  const counters = Map.groupBy(counts, ({ line, counter }) => JSON.stringify([line, counter]));
  return Array.from(counters.values()).flatMap((own) =>
    walkCounter(own, 'acc_count').map(({ row, step }) => ({
      line: row['line'],
      area: row['area'],
      counter: row['counter'],
      reported_at: row['reported_at'],
      step,
    })),
  );
}
