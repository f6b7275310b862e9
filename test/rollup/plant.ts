import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { loadSnapshot } from '../../src/delta/snapshot.ts';
import { joinPieces } from '../../src/rollup/join-pieces.ts';
import { makePiece } from '../../src/rollup/make-piece.ts';
import { planPieces } from '../../src/rollup/plan-pieces.ts';
import { runRollup } from '../../src/rollup/run.ts';
import { createDuckDbEngine } from '../../src/sql/duckdb.ts';
import type { SqlEngine } from '../../src/sql/sql-engine.ts';
import { createMemoryStore } from '../../src/stores/memory-store.ts';
import { type ObjectStore, prefixedStore } from '../../src/stores/object-store.ts';
import { temporaryFolder } from '../sql/data-files.ts';
import { createSource, deps, partsOf, plantFleet, readGold, type Reading, type Recipe } from './rig.ts';

const MINUTE = 60_000;
const START = Date.UTC(2024, 0, 1, 12);
export const perMinute: Recipe = {
  every: '1 minute',
  timeZone: 'UTC',
  lateness: '0 seconds',
  partition: 'day',
  identified: true,
};

let position = 0;
export function reading(minute: number, rest: Partial<Reading> = {}): Reading {
  const at = START + minute * MINUTE;
  const arrivedAt = at + 1000;
  return {
    device: 'a',
    site: 'north',
    at,
    v: minute,
    n: null,
    label: null,
    arrivedAt,
    shard: '0',
    position: position++,
    ...rest,
  };
}

/** A lake with a source of one reading a minute, each in a file of its own. */
export async function openPlant(recipe: Recipe = perMinute, minutes = 0) {
  const { source: table, gold } = partsOf(plantFleet(recipe));
  const lake = createMemoryStore(deps.clock);
  const source = createSource(lake, table);
  await source.create();
  for (let minute = 0; minute < minutes; minute++) await source.change([], [reading(minute)]);
  const sql = createDuckDbEngine({ stagingDirectory: join(temporaryFolder(), 'staging') });
  onTestFinished(() => sql.close());
  const store = prefixedStore(lake, 'plant/gold/');
  return {
    lake,
    source,
    store,
    run: (over: { readonly lake?: ObjectStore; readonly sql?: SqlEngine; readonly as?: Recipe } = {}) => {
      const parts = over.as === undefined ? { source: table, gold } : partsOf(plantFleet(over.as));
      return runRollup(parts.gold, parts.source, { ...deps, lake: over.lake ?? lake, sql: over.sql ?? sql });
    },
    rows: async () =>
      (await readGold(lake, gold)).map((row) => [
        Number(row['window_start']) / 1000 / MINUTE - START / MINUTE,
        row['v_sum'],
        row['final'],
      ]),
    version: async () => (await loadSnapshot(store))?.version,
    sql,
    /** Its rollup in pieces of so many readings, planned, made and joined by whoever has this definition, at some time. */
    inPieces: (
      rows: number,
      {
        as = recipe,
        now = deps.clock(),
        bytes = 2 ** 30,
      }: { as?: Recipe; now?: number; bytes?: number } = {},
    ) => {
      const parts = partsOf(plantFleet(as));
      const by = { ...deps, clock: () => now, lake, sql };
      return {
        run: () => runRollup(parts.gold, parts.source, by, { rows, bytes }),
        plan: () => planPieces(parts.gold, parts.source, by, { rows, bytes }),
        make: (plan: string, piece: number) => makePiece(parts.gold, parts.source, { plan, piece }, by),
        join: (plan: string) => joinPieces(parts.gold, parts.source, plan, by),
      };
    },
  };
}
