import fc from 'fast-check';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { joinPieces } from '../../src/rollup/join-pieces.ts';
import { makePiece } from '../../src/rollup/make-piece.ts';
import { planPieces } from '../../src/rollup/plan-pieces.ts';
import { runRollup } from '../../src/rollup/run.ts';
import { createDuckDbEngine } from '../../src/sql/duckdb.ts';
import { createMemoryStore } from '../../src/stores/memory-store.ts';
import type { ObjectStore } from '../../src/stores/object-store.ts';
import { temporaryFolder } from '../sql/data-files.ts';
import { drawSeed } from '../support/seed.ts';
import { anchors, openHistory, recipes, type Step, steps } from './history.ts';
import { copyStore, deps, readGold } from './rig.ts';

/** What happens while pieces are made: to the source, to gold, to who makes them. */
type Meanwhile = Step | { readonly kind: 'elsewhere' };

const meanwhile: fc.Arbitrary<Meanwhile> = fc.oneof(
  // no vacuum: it takes what is older than a week, and no plan lives as long
  { weight: 3, arbitrary: steps.filter(({ kind }) => kind !== 'vacuum') },
  // another machine plans and makes pieces of its own, and comes to its end
  { weight: 1, arbitrary: fc.constant({ kind: 'elsewhere' as const }) },
);
const backfills = fc.record({
  rows: fc.constantFrom(1, 3, 8),
  /** after so many writes whoever makes or joins pieces dies, and begins again; each time */
  deaths: fc.array(fc.nat({ max: 4 }), { maxLength: 4 }),
  /** the answer to the commit is lost */
  loses: fc.boolean(),
  meanwhile: fc.array(meanwhile, { maxLength: 2 }),
});

test('pieces, killed anywhere and joined once or twice, give the full recompute over the version that they were planned at', async () => {
  const sql = createDuckDbEngine({ stagingDirectory: join(temporaryFolder(), 'staging') });
  const seen = { pieces: 0, deaths: 0 };
  try {
    await fc.assert(
      fc.asyncProperty(
        recipes,
        anchors,
        fc.array(fc.tuple(fc.array(steps, { minLength: 1, maxLength: 5 }), backfills), {
          minLength: 1,
          maxLength: 3,
        }),
        async (recipe, anchor, rounds) => {
          const lake = createMemoryStore();
          const history = await openHistory(lake, sql, recipe, anchor);
          const { gold, table } = history;
          const full = async (as: ObjectStore) => {
            const fresh = await copyStore(as, 'plant/gold/');
            await runRollup(gold, table, { ...deps, lake: fresh, sql });
            return readGold(fresh, gold);
          };
          for (const [before, { rows, deaths, loses, meanwhile: others }] of rounds) {
            for (const step of before) await history.live(step);
            const limit = { rows, bytes: 2 ** 30 };
            const mortal = createMortal(lake, deaths);
            const as = (store: ObjectStore) => ({ ...deps, lake: store, sql });
            const { plan, pieces } = await planPieces(gold, table, as(lake), limit);
            if (pieces === 0) continue;
            seen.pieces = Math.max(seen.pieces, pieces);
            const planned = await copyStore(lake, 'plant/gold/');
            for (let piece = pieces - 1; piece >= 0; piece--) {
              await mortal.live(() => makePiece(gold, table, { plan, piece }, as(mortal.store)));
              if (piece !== pieces >> 1) continue;
              for (const step of others) {
                if (step.kind !== 'elsewhere') await history.live(step);
                else {
                  const other = await planPieces(gold, table, as(lake), limit);
                  for (let i = 0; i < other.pieces; i++)
                    await makePiece(gold, table, { plan: other.plan, piece: i }, as(lake));
                  if (other.pieces > 0) await joinPieces(gold, table, other.plan, as(lake));
                }
              }
            }
            if (loses) mortal.loseAnswer();
            const report = await mortal.live(() => joinPieces(gold, table, plan, as(mortal.store)));
            const found = await readGold(lake, gold);
            const alone = !others.some(({ kind }) => kind === 'elsewhere' || kind === 'run');
            if (alone) expect(report.kind).not.toBe('stale');
            if (alone || report.kind === 'full' || report.kind === 'incremental')
              expect(found).toEqual(await full(planned));
            expect((await joinPieces(gold, table, plan, as(lake))).kind).toBe(
              report.kind === 'stale' ? 'stale' : 'dropped',
            );
            expect(await readGold(lake, gold)).toEqual(found);
            seen.deaths += mortal.deaths();
          }
          await runRollup(gold, table, { ...deps, lake, sql });
          expect(await readGold(lake, gold)).toEqual(await full(lake));
        },
      ),
      { seed: drawSeed('pieces property'), numRuns: Number(process.env['RUNS'] ?? 10) },
    );
  } finally {
    await sql.close();
  }
  // without these, little was shown
  expect(seen.pieces).toBeGreaterThan(1);
  expect(seen.deaths).toBeGreaterThan(0);
}, 300_000);

/** A store over which its user dies before a write, as often as is planned; and who starts it again. */
function createMortal(lake: ObjectStore, plan: readonly number[]) {
  const left = plan.slice();
  let [writes, died] = [0, 0];
  let losing = false;
  const dieIfDue = (key: string) => {
    if (left.length === 0 || writes++ < left[0]!) return;
    left.shift();
    writes = 0;
    died++;
    throw new Error(`planted: died before ${key}`);
  };
  const store: ObjectStore = {
    ...lake,
    async put(key, bytes) {
      dieIfDue(key);
      return lake.put(key, bytes);
    },
    async putIfAbsent(key, bytes) {
      dieIfDue(key);
      const answer = await lake.putIfAbsent(key, bytes);
      if (losing && key.includes('/_delta_log/')) {
        losing = false;
        throw new Error(`planted: no answer to ${key}`);
      }
      return answer;
    },
  };
  return {
    store,
    deaths: () => died,
    loseAnswer: () => {
      losing = true;
    },
    async live<T>(work: () => Promise<T>): Promise<T> {
      for (;;) {
        try {
          return await work();
        } catch (error) {
          if (!String(error).includes('planted')) throw error;
        }
      }
    },
  };
}
