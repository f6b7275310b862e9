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
import { computeIntervals, computeOee, computeStates } from './plain-factory.ts';

const MINUTE = 60_000;

/** Midnight and the border of shifts on a common day, and the nights of 23 and of 25 hours. */
const anchors = fc.constantFrom(
  Date.UTC(2024, 5, 5, 22),
  Date.UTC(2024, 2, 31, 0, 30),
  Date.UTC(2024, 9, 27, 0, 30),
);
const KEY = ['window_start', 'line', 'state'];
const GRIDS = {
  oee_hourly: undefined,
  oee_shiftly: [6, 14, 22],
  oee_daily: [0],
} as const;

/** Most reports within an hour, 40 seconds apart, so that they meet and short stops happen; some far away. */
const times = fc.oneof(
  { weight: 5, arbitrary: fc.integer({ min: 0, max: 60 }).map((slot) => slot * 40_000) },
  { weight: 2, arbitrary: fc.integer({ min: -1500, max: 1500 }).map((minute) => minute * MINUTE + 250) },
  { weight: 1, arbitrary: fc.integer({ min: -9, max: 9 }).map((day) => day * 1440 * MINUTE) },
);
const report = fc.record({
  line: fc.constantFrom('a', 'b'),
  time: times,
  delay: fc.integer({ min: 0, max: 200 }),
});
const some = <Value>(value: fc.Arbitrary<Value>) => fc.array(value, { minLength: 1, maxLength: 6 });
const withValue = <Value>(value: fc.Arbitrary<Value>) => some(fc.tuple(report, value));

const steps = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('states' as const),
      rows: withValue(fc.constantFrom(6, 6, 2, 9, 11, 5, 4, 0)),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('modes' as const), rows: withValue(fc.constantFrom(1, 4)) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('design_speeds' as const),
      rows: withValue(fc.constantFrom(30, 60, 80)),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('counts' as const),
      rows: withValue(
        fc.tuple(
          fc.constantFrom(
            'ProdProcessedCount',
            'ProdProcessedCount',
            'ProdDefectiveCount',
            'ProdConsumedCount',
          ),
          fc.integer({ min: 0, max: 500 }),
        ),
      ),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('remove' as const), file: fc.nat(100) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('compact' as const), file: fc.nat(100) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('run' as const) }) },
);

test('after every run, models are what making all of them gives, and what plain code computes', async () => {
  const sql = createDuckDbEngine({ stagingDirectory: join(temporaryFolder(), 'staging') });
  onTestFinished(() => sql.close());
  const kinds = new Set<string>();
  await fc.assert(
    fc.asyncProperty(
      anchors,
      fc.constantFrom(...(Object.keys(GRIDS) as (keyof typeof GRIDS)[])),
      fc.array(steps, { minLength: 4, maxLength: 12 }),
      async (anchor, grid, plan) => {
        const fleet = withModels([
          'state_intervals',
          'mode_intervals',
          'design_speed_intervals',
          'count_steps',
          grid,
          'states_hourly',
        ]);
        const lake = createLake(fleet);
        for (const step of [...plan, { kind: 'run' } as const]) {
          switch (step.kind) {
            case 'remove':
              await lake.remove(step.file);
              break;
            case 'compact':
              await lake.compact(step.file);
              break;
            case 'run': {
              for (const each of await runModels(fleet, lake.store, sql)) kinds.add(each.kind);
              const fresh = await copyTables(lake.store, fleet);
              await runModels(fleet, fresh, sql);
              for (const name of Object.keys(fleet.models)) {
                const columns = fleet.models[name]!.columns.map((column) => column.name);
                const found = await readRows(lake.store, `factory/${name}`, columns);
                expectSameRows(found, await readRows(fresh, `factory/${name}`, columns));
              }
              const tables = {
                states: lake.current('states'),
                modes: lake.current('modes'),
                design_speeds: lake.current('design_speeds'),
                counts: lake.current('counts'),
              };
              for (const [name, rows] of Object.entries(computeIntervals(tables, factory.timeZone))) {
                const key = ['line', name.replace('intervals', 'start').replace('design_', '')];
                expectRows(await readRows(lake.store, `factory/${name}`, key), rows, key);
              }
              const asOf = lake.arrival('states', 'modes', 'design_speeds', 'counts') ?? -Infinity;
              const figures = computeOee(tables, asOf, factory.timeZone, GRIDS[grid]);
              expectRows(await readRows(lake.store, `factory/${grid}`, KEY), figures, KEY);
              const inStates = computeStates(tables, lake.arrival('states') ?? -Infinity);
              expectRows(await readRows(lake.store, 'factory/states_hourly', KEY), inStates, KEY);
              break;
            }
            default:
              await lake.append(
                step.kind,
                step.rows.map(([each, value]) => rawRow(step.kind, each, value, anchor)),
              );
          }
        }
      },
    ),
    {
      seed: drawSeed('factory models'),
      numRuns: Number(process.env['RUNS'] ?? 4),
      endOnFailure: process.env['SHRINK'] === undefined,
    },
  );
  // without an increment, nothing was shown of it
  expect(Array.from(kinds)).toContain('incremental');
}, 300_000);

type Report = { readonly line: string; readonly time: number; readonly delay: number };

function rawRow(kind: string, { line, time, delay }: Report, value: unknown, anchor: number): RawRow {
  const place = { site: 's', area: 'x', line };
  const own =
    kind === 'counts'
      ? { counter: (value as [string, number])[0], product: '0', acc_count: (value as [string, number])[1] }
      : { [{ states: 'state', modes: 'mode', design_speeds: 'speed' }[kind]!]: value };
  return { ...place, ...own, reported_at: anchor + time, arrivedAt: anchor + delay * MINUTE };
}

function withModels(names: readonly string[]): Fleet {
  return { ...factory, models: Object.fromEntries(names.map((name) => [name, factory.models[name]!])) };
}
