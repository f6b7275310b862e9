import fc from 'fast-check';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runRollup } from '../../src/rollup/run.ts';
import { createDuckDbEngine } from '../../src/sql/duckdb.ts';
import { createMemoryStore } from '../../src/stores/memory-store.ts';
import { temporaryFolder } from '../sql/data-files.ts';
import { drawSeed } from '../support/seed.ts';
import { anchors, openHistory, recipes, steps } from './history.ts';
import { computePlainly } from './plain-rollup.ts';
import { copyStore, deps, type GoldRow, readGold } from './rig.ts';

test('after every run, gold is the full recompute, and what plain code computes', async () => {
  const sql = createDuckDbEngine({ stagingDirectory: join(temporaryFolder(), 'staging') });
  const kinds = new Set<string>();
  try {
    await fc.assert(
      fc.asyncProperty(
        recipes,
        anchors,
        fc.array(steps, { minLength: 3, maxLength: 14 }),
        async (recipe, anchor, plan) => {
          const lake = createMemoryStore();
          const history = await openHistory(lake, sql, recipe, anchor);
          for (const step of [...plan, { kind: 'run', dies: false } as const]) {
            const report = await history.live(step);
            if (report === undefined) continue;
            kinds.add(report.kind);
            const found = await readGold(lake, history.gold);
            const fresh = await copyStore(lake, 'plant/gold/');
            expect((await runRollup(history.gold, history.table, { ...deps, lake: fresh, sql })).kind).toBe(
              'full',
            );
            expect(found).toEqual(await readGold(fresh, history.gold));
            expectClose(found, computePlainly(history.readings(), history.gold, recipe.identified));
          }
        },
      ),
      { seed: drawSeed('rollup property'), numRuns: Number(process.env['RUNS'] ?? 25) },
    );
  } finally {
    await sql.close();
  }
  // without an increment, nothing was shown of it
  expect(Array.from(kinds)).toContain('incremental');
}, 300_000);

/** Doubles within 1e-9 of their size, everything else exactly. */
function expectClose(found: readonly GoldRow[], expected: readonly GoldRow[]): void {
  expect(found.length).toBe(expected.length);
  found.forEach((row, i) => {
    const other = expected[i]!;
    expect(Object.keys(row).sort()).toEqual(Object.keys(other).sort());
    for (const [name, value] of Object.entries(row)) {
      const wanted = other[name];
      if (typeof value === 'number' && typeof wanted === 'number') {
        const difference = Math.abs(value - wanted);
        expect(difference, `${name}: ${value}, not ${wanted}`).toBeLessThanOrEqual(
          1e-9 * Math.max(1, Math.abs(wanted)),
        );
      } else expect({ [name]: value }).toEqual({ [name]: wanted });
    }
  });
}
