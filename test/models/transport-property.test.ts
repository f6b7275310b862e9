import fc from 'fast-check';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { transport } from '../../fleets/index.ts';
import { createDuckDbEngine } from '../../src/sql/duckdb.ts';
import { temporaryFolder } from '../sql/data-files.ts';
import { drawSeed } from '../support/seed.ts';
import { expectRows, expectSameRows } from './expect-rows.ts';
import { copyTables, createLake, type RawRow, readRows, runModels } from './lake-rig.ts';
import { computeDaily, computeHistory } from './plain-transport.ts';

const HOUR = 3_600_000;
const ANCHOR = Date.UTC(2024, 11, 31, 20);

const unit = fc.constantFrom('a', 'b', 'c');
/** Few moments, so that sayings of one time meet. */
const hour = fc.integer({ min: -40, max: 40 });
const delay = fc.integer({ min: 0, max: 300 });
const company = fc.constantFrom('c-1', 'c-2');
const half = fc.integer({ min: 0, max: 200 }).map((value) => value / 2);

const steps = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('unit_descriptions' as const),
      rows: fc.array(fc.record({ unit, hour, delay, company, length_m: fc.constantFrom(10, 12) }), {
        minLength: 1,
        maxLength: 4,
      }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('performance' as const),
      rows: fc.array(
        fc.record({ unit, hour, delay, fuel: half, speed: fc.option(half), heat: fc.option(half) }),
        { minLength: 1, maxLength: 25 },
      ),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('remove' as const), file: fc.nat(100) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('compact' as const), file: fc.nat(100) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('run' as const) }) },
);
type Step = typeof steps extends fc.Arbitrary<infer T> ? T : never;

/** Devices' clocks are ahead by an hour at most: what is further ahead comes into no table. */
function arrivalOf(row: { readonly hour: number; readonly delay: number }): number {
  return ANCHOR + (row.hour - 1) * HOUR + row.delay * 60_000;
}

function rawRows(step: Extract<Step, { readonly rows: unknown }>): RawRow[] {
  return step.kind === 'performance'
    ? step.rows.map((row) => ({
        unit: row.unit,
        created_at: ANCHOR + row.hour * HOUR,
        fuel_percentage: row.fuel,
        speed_km_h: row.speed,
        engine_temperature: row.heat,
        arrivedAt: arrivalOf(row),
      }))
    : step.rows.map((row) => ({
        unit: row.unit,
        changed_at: ANCHOR + row.hour * HOUR,
        manufacturer_name: 'm',
        company_id: row.company,
        company_name: `the company ${row.company}`,
        vehicle_type: 'land',
        length_m: row.length_m,
        arrivedAt: arrivalOf(row),
      }));
}

test('units are what was last said of them, and days are counted by what they were', async () => {
  const sql = createDuckDbEngine({ stagingDirectory: join(temporaryFolder(), 'staging') });
  onTestFinished(() => sql.close());
  const kinds = new Set<string>();
  await fc.assert(
    fc.asyncProperty(fc.array(steps, { minLength: 4, maxLength: 12 }), async (plan) => {
      const lake = createLake(transport);
      for (const step of [...plan, { kind: 'run' } as const]) {
        if (step.kind === 'remove') await lake.remove(step.file);
        else if (step.kind === 'compact') await lake.compact(step.file);
        else if (step.kind !== 'run') await lake.append(step.kind, rawRows(step));
        else {
          for (const each of await runModels(transport, lake.store, sql)) kinds.add(each.kind);
          const fresh = await copyTables(lake.store, transport);
          await runModels(transport, fresh, sql);
          for (const [name, { columns }] of Object.entries(transport.models)) {
            const order = columns.map((column) => column.name);
            const made = await readRows(fresh, `transport/${name}`, order);
            expectSameRows(await readRows(lake.store, `transport/${name}`, order), made);
          }
          const history = computeHistory(lake.current('unit_descriptions'));
          expectRows(await readRows(lake.store, 'transport/unit_history', []), history, [
            'unit',
            'valid_from',
          ]);
          for (const [name, by] of [
            ['unit_daily', ['unit', 'vehicle_type', 'company_id', 'company_name']],
            ['company_daily', ['vehicle_type', 'company_id', 'company_name']],
          ] as const) {
            const daily = computeDaily(lake.current('performance'), history, by);
            expectRows(await readRows(lake.store, `transport/${name}`, []), daily, ['window_start', ...by]);
          }
        }
      }
    }),
    {
      seed: drawSeed('transport models'),
      numRuns: Number(process.env['RUNS'] ?? 5),
      endOnFailure: process.env['SHRINK'] === undefined,
    },
  );
  // without an increment, nothing was shown of it
  expect(Array.from(kinds)).toContain('incremental');
}, 300_000);
