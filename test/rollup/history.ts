import fc from 'fast-check';
import type { AddFile } from '../../src/delta/actions.ts';
import { optimize } from '../../src/delta/optimize.ts';
import { rollupLayout } from '../../src/rollup/gold-files.ts';
import type { RollupReport } from '../../src/rollup/report.ts';
import { runRollup } from '../../src/rollup/run.ts';
import type { SqlEngine } from '../../src/sql/sql-engine.ts';
import { type ObjectStore, prefixedStore } from '../../src/stores/object-store.ts';
import { createSource, deps, mortal, partsOf, plantFleet, type Reading, type Recipe } from './rig.ts';

const MINUTE = 60_000;

export const recipes: fc.Arbitrary<Recipe> = fc.record({
  every: fc.constantFrom('15 seconds', '1 minute', '10 minutes', '1 hour', '6 hours', '1 day', '1 week'),
  timeZone: fc.constantFrom('UTC', 'America/New_York', 'Asia/Kathmandu', 'Australia/Lord_Howe'),
  lateness: fc.constantFrom('0 seconds', '5 minutes', '3 hours'),
  partition: fc.constantFrom('day' as const, 'month' as const, 'none' as const),
  identified: fc.boolean(),
});

/** Instants near which clocks change in those zones, and one year does. */
export const anchors = fc.constantFrom(
  Date.UTC(2024, 2, 10, 6),
  Date.UTC(2024, 10, 3, 5),
  Date.UTC(2024, 3, 6, 14),
  Date.UTC(2023, 11, 31, 22),
);

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
/** Stands for one of however many files there are then. */
const choices = fc.nat({ max: 1000 });

export type Step =
  | { readonly kind: 'append'; readonly rows: readonly Facts[] }
  | { readonly kind: 'replace'; readonly file: number; readonly rows: readonly Facts[] }
  | { readonly kind: 'delete'; readonly file: number }
  /** the source's files, or gold's, are put together */
  | { readonly kind: 'optimize'; readonly of: 'source' | 'gold' }
  /** removed files leave the store */
  | { readonly kind: 'vacuum' }
  /** the rollup runs; where it `dies`, once before that without coming to its commit */
  | { readonly kind: 'run'; readonly dies: boolean };

export const steps: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('append' as const), rows: batches }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('replace' as const), file: choices, rows: batches }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('delete' as const), file: choices }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('optimize' as const),
      of: fc.constantFrom('source' as const, 'gold' as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('vacuum' as const) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('run' as const), dies: fc.boolean() }) },
);

/** A source table that lives through steps, and what should be in it. Answers the report of a step that ran the rollup. */
export async function openHistory(store: ObjectStore, sql: SqlEngine, recipe: Recipe, anchor: number) {
  const { source: table, gold } = partsOf(plantFleet(recipe));
  const lake = mortal(store, 'plant/gold/');
  const source = createSource(lake, table);
  await source.create();
  const held = new Map<string, { readonly file: AddFile; readonly readings: readonly Reading[] }>();
  const dead: AddFile[] = [];
  let position = 0;

  const arrive = (rows: readonly Facts[]): Reading[] =>
    rows.map(({ minute, second, delay, ...rest }) => {
      const at = anchor + minute * MINUTE + second * 1000;
      return { ...rest, at, arrivedAt: anchor + delay * 1000, position: position++ };
    });
  const change = async (removed: readonly AddFile[], readings: readonly Reading[]) => {
    const adds = await source.change(removed, readings);
    for (const file of removed) {
      held.delete(file.path);
      dead.push(file);
    }
    for (const file of adds) {
      const day = String(file.partitionValues['_date']);
      held.set(file.path, {
        file,
        readings: readings.filter(({ at }) => new Date(at).toISOString().startsWith(day)),
      });
    }
  };
  /** One file a partition is left: it holds what all of them held. */
  const optimizeSource = async () => {
    await optimize(source.store, { sortBy: table.sortBy }, deps);
    for (const file of await source.live()) {
      if (held.has(file.path)) continue;
      const day = file.partitionValues['_date'];
      const gone = Array.from(held.values()).filter((each) => each.file.partitionValues['_date'] === day);
      for (const each of gone) {
        held.delete(each.file.path);
        dead.push(each.file);
      }
      held.set(file.path, { file, readings: gone.flatMap(({ readings }) => readings) });
    }
  };
  const choose = (index: number) => Array.from(held.values())[index % Math.max(1, held.size)];

  return {
    table,
    gold,
    readings: () => Array.from(held.values()).flatMap((each) => each.readings),
    async live(step: Step): Promise<RollupReport | undefined> {
      switch (step.kind) {
        case 'append':
          await change([], arrive(step.rows));
          return undefined;
        case 'replace': {
          const chosen = choose(step.file);
          if (chosen !== undefined) await change([chosen.file], arrive(step.rows));
          return undefined;
        }
        case 'delete': {
          const chosen = choose(step.file);
          if (chosen !== undefined) await change([chosen.file], []);
          return undefined;
        }
        case 'optimize':
          if (step.of === 'source') await optimizeSource();
          else
            await optimize(
              prefixedStore(lake, 'plant/gold/'),
              { targetRows: 20, sortBy: rollupLayout(gold).sortBy },
              deps,
            );
          return undefined;
        case 'vacuum':
          for (const file of dead.splice(0)) await source.store.delete(decodeURIComponent(file.path));
          return undefined;
        case 'run': {
          const run = () => runRollup(gold, table, { ...deps, lake, sql });
          if (step.dies) {
            lake.refuseCommits(true);
            await run().catch((error: unknown) => {
              if (!String(error).includes('planted')) throw error;
            });
            lake.refuseCommits(false);
          }
          return run();
        }
      }
    },
  };
}
