import fc from 'fast-check';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { AddFile } from '../../src/delta/actions.ts';
import { runRollup } from '../../src/rollup/run.ts';
import { createDuckDbEngine } from '../../src/sql/duckdb.ts';
import { createMemoryStore } from '../../src/stores/memory-store.ts';
import { temporaryFolder } from '../sql/data-files.ts';
import { computePlainly } from './plain-rollup.ts';
import {
  copyStore,
  createSource,
  deps,
  type GoldRow,
  mortal,
  partsOf,
  plantFleet,
  readGold,
  type Reading,
} from './rig.ts';

const MINUTE = 60_000;

/** Around days on which clocks change, in the zones below. */
const anchors = [
  Date.UTC(2024, 2, 10, 6),
  Date.UTC(2024, 10, 3, 5),
  Date.UTC(2024, 3, 6, 14),
  Date.UTC(2023, 11, 31, 22),
];

const recipes = fc.record({
  every: fc.constantFrom('15 seconds', '1 minute', '10 minutes', '1 hour', '6 hours', '1 day', '1 week'),
  timeZone: fc.constantFrom('UTC', 'America/New_York', 'Asia/Kathmandu', 'Australia/Lord_Howe'),
  lateness: fc.constantFrom('0 seconds', '5 minutes', '3 hours'),
  partition: fc.constantFrom('day' as const, 'month' as const, 'none' as const),
  identified: fc.boolean(),
});

/** Few devices at few times, so that identities meet; now and then far away. */
const facts = fc.record({
  device: fc.constantFrom('a', 'b'),
  site: fc.constantFrom('north', 'south', null),
  minute: fc.oneof(
    { weight: 4, arbitrary: fc.integer({ min: 0, max: 90 }) },
    { weight: 1, arbitrary: fc.integer({ min: -3000, max: 3000 }) },
  ),
  second: fc.constantFrom(0, 7.5, 30, 59.999),
  v: fc.option(fc.double({ min: 0.5, max: 100, noNaN: true })),
  n: fc.option(fc.integer({ min: 0, max: 1000 })),
  label: fc.option(fc.constantFrom('x', 'y', 'z', 'Ünter')),
  delay: fc.integer({ min: 0, max: 600 }),
  shard: fc.constantFrom('0', '1'),
});
type Facts = typeof facts extends fc.Arbitrary<infer T> ? T : never;

const batches = fc.array(facts, { minLength: 1, maxLength: 12 });
const pick = fc.nat({ max: 1000 });
const steps = fc.oneof(
  { weight: 6, arbitrary: batches.map((rows) => ({ kind: 'append', rows }) as const) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('replace' as const), file: pick, rows: batches }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('delete' as const), file: pick }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('compact' as const), file: pick, with: pick }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'vacuum' } as const) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('run' as const), dies: fc.boolean() }) },
);

test('after every run, gold is the full recompute, and what plain code computes', async () => {
  const sql = createDuckDbEngine({ stagingDirectory: join(temporaryFolder(), 'staging') });
  const kinds = new Map<string, number>();
  try {
    await fc.assert(
      fc.asyncProperty(
        recipes,
        fc.constantFrom(...anchors),
        fc.array(steps, { minLength: 3, maxLength: 14 }),
        async (recipe, anchor, plan) => {
          const fleet = plantFleet(recipe);
          const { source: table, gold } = partsOf(fleet);
          const lake = mortal(createMemoryStore(), 'plant/gold/');
          const source = createSource(lake, table);
          await source.create();
          /** the live files' rows, and the removed files */
          const held = new Map<string, { readonly file: AddFile; readonly readings: Reading[] }>();
          const dead: AddFile[] = [];
          let position = 0;

          const arrive = (rows: readonly Facts[]): Reading[] =>
            rows.map(({ minute, second, delay, ...rest }) => {
              const at = anchor + minute * MINUTE + second * 1000;
              return { ...rest, at, arrivedAt: anchor + delay * 1000, position: position++ };
            });
          const apply = async (
            removed: readonly AddFile[],
            readings: readonly Reading[],
            dataChange = true,
          ) => {
            const adds = await source.change(removed, readings, dataChange);
            for (const file of removed) {
              held.delete(file.path);
              dead.push(file);
            }
            for (const file of adds) {
              const day = file.partitionValues['_date'];
              held.set(file.path, {
                file,
                readings: readings.filter(({ at }) => new Date(at).toISOString().startsWith(String(day))),
              });
            }
          };
          const choose = (index: number) => [...held.values()][index % Math.max(1, held.size)];
          const check = async () => {
            const found = await readGold(lake, gold);
            const fresh = await copyStore(lake, 'plant/gold/');
            expect((await runRollup(gold, table, { ...deps, lake: fresh, sql })).kind).toBe('full');
            expect(found).toEqual(await readGold(fresh, gold));
            const readings = [...held.values()].flatMap((each) => each.readings);
            expectClose(found, computePlainly(readings, gold, recipe.identified));
          };
          const run = async () => {
            const report = await runRollup(gold, table, { ...deps, lake, sql });
            kinds.set(report.kind, (kinds.get(report.kind) ?? 0) + 1);
            await check();
          };

          for (const step of plan) {
            switch (step.kind) {
              case 'append':
                await apply([], arrive(step.rows));
                break;
              case 'replace': {
                const chosen = choose(step.file);
                if (chosen !== undefined) await apply([chosen.file], arrive(step.rows));
                break;
              }
              case 'delete': {
                const chosen = choose(step.file);
                if (chosen !== undefined) await apply([chosen.file], []);
                break;
              }
              case 'compact': {
                const [one, other] = [choose(step.file), choose(step.with)];
                if (one === undefined || other === undefined || one === other) break;
                await apply([one.file, other.file], [...one.readings, ...other.readings], false);
                break;
              }
              case 'vacuum':
                for (const file of dead.splice(0)) await source.store.delete(decodeURIComponent(file.path));
                break;
              case 'run':
                if (step.dies) {
                  lake.refuseCommits(true);
                  await runRollup(gold, table, { ...deps, lake, sql }).catch((error: unknown) => {
                    if (!String(error).includes('planted')) throw error;
                  });
                  lake.refuseCommits(false);
                }
                await run();
                break;
            }
          }
          await run();
        },
      ),
      {
        numRuns: Number(process.env['RUNS'] ?? 25),
        ...(process.env['SEED'] === undefined ? {} : { seed: Number(process.env['SEED']) }),
      },
    );
  } finally {
    await sql.close();
  }
  // a property that never ran an increment would prove nothing of it
  expect(kinds.get('incremental')).toBeGreaterThan(0);
}, 300_000);

/** Doubles within 1e-9 of their size, everything else exactly. */
function expectClose(found: readonly GoldRow[], expected: readonly GoldRow[]): void {
  expect(found.length).toBe(expected.length);
  found.forEach((row, i) => {
    const other = expected[i]!;
    expect(Object.keys(row).sort()).toEqual(Object.keys(other).sort());
    for (const [name, value] of Object.entries(row)) {
      const wanted = other[name];
      if (typeof value === 'number' && typeof wanted === 'number' && !Number.isInteger(value)) {
        expect(Math.abs(value - wanted), `${name}: ${value}, not ${wanted}`).toBeLessThanOrEqual(
          1e-9 * Math.max(1, Math.abs(wanted)),
        );
      } else expect({ [name]: value }).toEqual({ [name]: wanted });
    }
  });
}
