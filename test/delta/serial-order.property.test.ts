import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { Random } from '../../src/clock.ts';
import type { DeltaDeps } from '../../src/delta/deps.ts';
import { createTable, type DeltaTable, openTable, type Predicate, type Row } from '../../src/delta/index.ts';
import { isRetriable } from '../../src/delta/retry.ts';
import { scheduleFaults } from '../../src/stores/fault-schedule.ts';
import { createFaultyStore } from '../../src/stores/faulty-store.ts';
import { createMemoryStore } from '../../src/stores/memory-store.ts';
import type { ObjectStore } from '../../src/stores/object-store.ts';
import { collect } from '../support/collect.ts';
import { createDeps } from '../support/delta-rig.ts';
import { drawSeed, seededRandom } from '../support/seed.ts';

const SCHEDULES = 50;
const WRITERS = 3;
const OPERATIONS = 6;
const GROUPS = ['a', 'b', null];
const COLUMNS = { id: 'long', g: 'string', v: 'integer', n: 'string' } as const;

type ModelRow = {
  readonly id: bigint;
  readonly g: string | null;
  readonly v: number | null;
  readonly n: string | null;
};

type Report = {
  readonly version: number;
  readonly committed: boolean;
  readonly conflicts: readonly unknown[];
};

/** A change of the table, and the same of a list of rows. `counts`: what the report has to say of it. */
type Operation = {
  readonly name: string;
  readonly run: (table: DeltaTable, userMetadata: string) => Promise<Report>;
  readonly apply: (rows: readonly ModelRow[]) => {
    readonly rows: readonly ModelRow[];
    readonly counts: object;
  };
};

it('writers that merge, overwrite, delete and append at once leave what some order of them would', async () => {
  const seed = drawSeed('serial order');
  let committed = 0;
  let conflicts = 0;
  for (let schedule = 0; schedule < SCHEDULES; schedule++) {
    const outcome = await playSchedule(seed + schedule);
    committed += outcome.committed;
    conflicts += outcome.conflicts;
  }
  // schedules in which nobody met anybody would show nothing
  expect(committed).toBeGreaterThan(SCHEDULES * WRITERS * 2);
  expect(conflicts).toBeGreaterThan(SCHEDULES);
});

async function playSchedule(
  seed: number,
): Promise<{ readonly committed: number; readonly conflicts: number }> {
  const random = seededRandom(seed);
  const inner = createMemoryStore();
  const wait = async (ms: number) => {
    for (let turns = 0; turns < ms % 20; turns++) await turn();
  };
  const deps: DeltaDeps = { ...createDeps(), random, sleep: wait };
  await createTable(inner, { columns: COLUMNS, partitionBy: ['g'] }, deps);
  const known = new Map<string, Operation>();
  const claimed = new Map<string, Report>();
  let conflicts = 0;
  const writer = async (w: number) => {
    const faults = scheduleFaults(random, 0.08);
    const table = await openPatiently(createFaultyStore(inner, { schedule: faults, sleep: wait }), deps);
    for (let i = 0; i < OPERATIONS; i++) {
      const id = `${w}.${i}`;
      const operation = drawOperation(random);
      known.set(id, operation);
      try {
        const report = await operation.run(table, id);
        conflicts += report.conflicts.length;
        if (report.committed) claimed.set(id, report);
      } catch (error) {
        if (!isRetriable(error)) throw new Error(`seed ${seed}: ${operation.name}`, { cause: error });
      }
      await wait(random() * 10);
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, (_, w) => writer(w)));

  // the log is the order
  const table = await openTable(inner, deps);
  const entries = (await collect(table.history())).reverse().filter(({ version }) => version > 0);
  let model: readonly ModelRow[] = [];
  const seen = new Set<string>();
  for (const { version, operation, userMetadata: id } of entries) {
    if (id === undefined) {
      expect(['OPTIMIZE', 'ADD COLUMNS']).toContain(operation);
      const rows = (await collect(table.rows({ version }))).map(text).sort();
      expect(rows, `seed ${seed}, version ${version}, ${operation}`).toEqual(model.map(text).sort());
      continue;
    }
    const what = `seed ${seed}, version ${version}, ${known.get(id)!.name}`;
    expect(seen.has(id), `${what}: committed twice`).toBe(false);
    seen.add(id);
    const applied = known.get(id)!.apply(model);
    model = applied.rows;
    // one that failed for its answers got lost may be there too
    if (claimed.has(id)) expect(claimed.get(id), what).toMatchObject({ version, ...applied.counts });
    expect((await collect(table.rows({ version }))).map(text).sort(), what).toEqual(model.map(text).sort());
  }
  for (const id of claimed.keys()) expect(seen.has(id), `seed ${seed}: ${id} is lost`).toBe(true);
  return { committed: claimed.size, conflicts };
}

/** Even eight tries in a row may fail. */
async function openPatiently(store: ObjectStore, deps: DeltaDeps): Promise<DeltaTable> {
  for (;;) {
    try {
      return await openTable(store, deps);
    } catch (error) {
      if (!isRetriable(error)) throw error;
    }
  }
}

function text(row: Row | ModelRow): string {
  const { id, g, v, n } = row as ModelRow;
  return `${id} ${g} ${v} ${n}`;
}

function drawOperation(random: Random): Operation {
  const below = (limit: number) => Math.floor(random() * limit);
  const row = (g = GROUPS[below(3)]!): ModelRow => ({
    id: BigInt(below(12)),
    g,
    v: random() < 0.2 ? null : below(10),
    n: random() < 0.3 ? null : `n${below(100)}`,
  });
  const distinct = (count: number) => {
    const rows = new Map(Array.from({ length: count }, () => row()).map((each) => [each.id, each]));
    return Array.from(rows.values());
  };
  switch (below(9)) {
    case 0:
    case 1: {
      const rows = Array.from({ length: 1 + below(4) }, () => row());
      return {
        name: `append of ${rows.map(text).join(', ')}`,
        run: (table, userMetadata) => table.append(rows, { userMetadata }),
        apply: (model) => ({ rows: [...model, ...rows], counts: { appended: rows.length } }),
      };
    }
    case 2: {
      const g = GROUPS[below(3)]!;
      const rows = Array.from({ length: below(3) }, () => row(g));
      const where: Predicate = g === null ? ['g', 'is null'] : ['g', '=', g];
      return {
        name: `overwrite of ${g} by ${rows.map(text).join(', ')}`,
        run: (table, userMetadata) => table.overwrite(rows, { where, userMetadata }),
        apply: (model) => {
          const kept = model.filter((each) => each.g !== g);
          const deleted = model.length - kept.length;
          return { rows: [...kept, ...rows], counts: { written: rows.length, deleted } };
        },
      };
    }
    case 3: {
      const limit = below(10);
      const where: Predicate =
        random() < 0.5
          ? ['v', '<', limit]
          : {
              and: [
                ['v', '<', limit],
                ['g', '!=', 'a'],
              ],
            };
      const isGone = ({ v, g }: ModelRow) =>
        v !== null && v < limit && ('and' in where ? g !== null && g !== 'a' : true);
      return {
        name: `delete where ${JSON.stringify(where)}`,
        run: (table, userMetadata) => table.delete(where, { userMetadata }),
        apply: (model) => {
          const kept = model.filter((each) => !isGone(each));
          return { rows: kept, counts: { deleted: model.length - kept.length } };
        },
      };
    }
    case 4: {
      const rows = distinct(1 + below(3));
      const gone = BigInt(below(24));
      const deletes = rows.some(({ id }) => id === gone) ? [] : [{ id: gone }];
      return {
        name: `merge of ${rows.map(text).join(', ')} without ${gone}`,
        run: (table, userMetadata) => table.merge(rows, { on: ['id'], deletes, userMetadata }),
        apply: (model) => mergeModel(model, rows, new Set(deletes.map(({ id }) => id)), (_, by) => by),
      };
    }
    case 5: {
      const rows = distinct(1 + below(3));
      return {
        name: `insertion of ${rows.map(text).join(', ')}`,
        run: (table, userMetadata) => table.merge(rows, { on: ['id'], whenMatched: 'ignore', userMetadata }),
        apply: (model) => {
          const missing = rows.filter(({ id }) => !model.some((held) => held.id === id));
          return { rows: [...model, ...missing], counts: { inserted: missing.length, updated: 0 } };
        },
      };
    }
    case 6:
      return {
        name: 'optimize',
        // it says by itself whom it met, and nobody's rows change
        run: async (table) => ({ ...(await table.optimize()), committed: false, conflicts: [] }),
        apply: (model) => ({ rows: model, counts: {} }),
      };
    case 7: {
      const column = `x${below(3)}`;
      return {
        name: `new column ${column}`,
        run: async (table) => {
          await table.evolve({ [column]: 'long' });
          return { version: 0, committed: false, conflicts: [] };
        },
        apply: (model) => ({ rows: model, counts: {} }),
      };
    }
    default: {
      // columns that are not named stay
      const rows = distinct(1 + below(3)).map(({ id, v }) => ({ id, v }));
      const full = rows.map(({ id, v }) => ({ id, g: null, v, n: null }));
      return {
        name: `merge of v of ${full.map(text).join(', ')}`,
        run: (table, userMetadata) => table.merge(rows, { on: ['id'], userMetadata }),
        apply: (model) => mergeModel(model, full, new Set(), (held, { v }) => ({ ...held, v })),
      };
    }
  }
}

function mergeModel(
  model: readonly ModelRow[],
  rows: readonly ModelRow[],
  gone: ReadonlySet<bigint>,
  update: (held: ModelRow, by: ModelRow) => ModelRow,
) {
  const byId = new Map(rows.map((row) => [row.id, row]));
  const kept = model.filter(({ id }) => !gone.has(id));
  const updated = kept.filter(({ id }) => byId.has(id)).length;
  const missing = rows.filter(({ id }) => !model.some((held) => held.id === id));
  const next = kept.map((held) => {
    const by = byId.get(held.id);
    return by === undefined ? held : update(held, by);
  });
  const counts = { inserted: missing.length, updated, deleted: model.length - kept.length };
  return { rows: [...next, ...missing], counts };
}
