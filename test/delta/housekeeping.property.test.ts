import { describe, expect, it } from 'vitest';
import { ndjsonRows } from '../../src/columns/canonical.ts';
import { field, struct } from '../../src/columns/types.ts';
import { writeCheckpoint } from '../../src/delta/checkpoint.ts';
import { cleanLog } from '../../src/delta/clean-log.ts';
import { commit } from '../../src/delta/commit.ts';
import { createTable } from '../../src/delta/create-table.ts';
import { VersionGoneError } from '../../src/delta/errors.ts';
import { optimize } from '../../src/delta/optimize.ts';
import { readFile } from '../../src/delta/read-file.ts';
import { removeOf } from '../../src/delta/remove.ts';
import { evolveSchema } from '../../src/delta/schema-evolution.ts';
import { loadSnapshot, type Snapshot } from '../../src/delta/snapshot.ts';
import { parseStats } from '../../src/delta/stats.ts';
import { withSchema } from '../../src/delta/table-schema.ts';
import { vacuum } from '../../src/delta/vacuum.ts';
import { writeFiles } from '../../src/delta/write-files.ts';
import { createMemoryStore } from '../../src/stores/memory-store.ts';
import type { ObjectStore } from '../../src/stores/object-store.ts';
import { createDeps, firstDifference, rowsOf } from '../support/delta-rig.ts';
import { everyType, randomBatch } from '../support/random-rows.ts';
import { drawSeed, seededRandom } from '../support/seed.ts';

const HISTORIES = 8;
const STEPS = 14;
const HOUR = 3_600_000;
const SORTS = [
  [],
  ['a_timestamp', 'a_string'],
  ['a_long'],
  ['a_string'],
  ['a_double', 'a_date'],
  ['decimal_38'],
];
// no text: '' in a partition is null
const PARTITIONS = ['decimal_5', 'a_date', 'a_boolean', 'a_short'];

describe('tables under housekeeping', () => {
  it('keep every row, in every version that they still have', { timeout: 120_000 }, async () => {
    const seed = drawSeed('housekeeping');
    for (let i = 0; i < HISTORIES; i++) await playHistory(seed + i);
  });
});

async function playHistory(seed: number): Promise<void> {
  const random = seededRandom(seed);
  const pick = <T>(values: readonly T[]) => values[Math.floor(random() * values.length)]!;
  const deps = createDeps();
  const store = createMemoryStore(deps.clock);
  const partitionColumns = PARTITIONS.filter(() => random() < 0.2);
  let schema = everyType;
  await createTable(store, { schema, partitionColumns }, deps);
  /** the rows of each version, and when it was the newest for the last time */
  const versions = new Map<number, { readonly rows: readonly string[]; until: number }>();
  versions.set(0, { rows: [], until: Number.POSITIVE_INFINITY });
  let oldest = 0;
  let swept = 0;

  for (let step = 0; step < STEPS; step++) {
    deps.advance(Math.floor(random() * 2 * HOUR));
    const began = deps.clock();
    const base = (await loadSnapshot(store))!;
    const { rows } = versions.get(base.version)!;
    const kind = pick([
      'append',
      'append',
      'append',
      'remove',
      'evolve',
      'optimize',
      'optimize',
      'vacuum',
      'clean',
    ]);
    const what = `seed ${seed}, step ${step}: ${kind}`;
    let expected = rows;
    if (kind === 'append') {
      const options = { wild: random() < 0.3, repeat: random() < 0.5, nulls: random() };
      const batch = randomBatch(schema, 1 + Math.floor(random() * 40), random, options);
      const adds = await writeFiles(store, batch, { partitionColumns, sortBy: pick(SORTS) }, deps);
      await commit(store, { base, operation: 'WRITE', adds, reads: 'nothing' }, deps);
      expected = [...rows, ...ndjsonRows(batch)];
    } else if (kind === 'remove' && base.files.length > 0) {
      const file = pick(base.files);
      const removes = [removeOf(file, deps.clock(), true)];
      await commit(store, { base, operation: 'DELETE', removes, reads: 'table' }, deps);
      expected = (
        await Promise.all(
          base.files.filter((each) => each !== file).map((each) => rowsOfFile(store, base, each)),
        )
      ).flat();
    } else if (kind === 'evolve') {
      schema = struct([...schema.fields, field(`added_${step}`, pick(['long', 'string']))]);
      expect(evolveSchema(base.schema, schema).kind).toBe('evolved');
      const metadata = withSchema(base.metadata, schema);
      await commit(store, { base, operation: 'CHANGE COLUMN', metadata, reads: 'nothing' }, deps);
      expected = rows.map((row) => row.replace(/}$/, `,"added_${step}":null}`));
    } else if (kind === 'optimize') {
      const thrifty = random() < 0.3;
      const options = {
        sortBy: pick(SORTS),
        thrifty,
        targetRows: pick([20, 60, 1e6]),
        targetBytes: pick([5_000, 1e8]),
      };
      expect(await optimize(store, options, deps), what).toMatchObject({ conflicts: 0, complete: true });
      if (!thrifty) expect(await optimize(store, options, deps), what).toMatchObject({ commits: 0 });
    } else if (kind === 'vacuum') {
      const retention = pick([HOUR, 3 * HOUR, 200 * HOUR]);
      expect(await vacuum(store, { retention, force: true }, deps), what).toMatchObject({ complete: true });
      swept = Math.max(swept, deps.clock() - retention);
    } else if (kind === 'clean') {
      await writeCheckpoint(store, {}, deps);
      oldest = (await cleanLog(store, { retention: 3 * HOUR }, deps))!.oldest;
    }
    const now = (await loadSnapshot(store))!;
    if (now.version > base.version) versions.get(base.version)!.until = began;
    // each commit of housekeeping holds the rows of the version before
    for (let version = base.version + 1; version <= now.version; version++) {
      const until = version === now.version ? Number.POSITIVE_INFINITY : began;
      versions.set(version, { rows: expected.toSorted(), until });
    }
    if (now.version === base.version) expect(expected).toBe(rows);
    await checkVersions(store, versions, { oldest, swept, what });
    await checkStatistics(store, now, what);
  }
}

async function checkVersions(
  store: ObjectStore,
  versions: ReadonlyMap<number, { readonly rows: readonly string[]; readonly until: number }>,
  { oldest, swept, what }: { readonly oldest: number; readonly swept: number; readonly what: string },
): Promise<void> {
  for (const [version, { rows, until }] of versions) {
    // vacuum promised to spare what was there within its retention
    if (until < swept) continue;
    const found = await rowsOf(store, version).catch((error: unknown) => error as Error);
    if (found instanceof Error) {
      expect(found, `${what}, version ${version}`).toBeInstanceOf(VersionGoneError);
      expect(version, what).toBeLessThan(oldest);
    } else expect(firstDifference(found, rows), `${what}, version ${version}`).toBeUndefined();
  }
}

/** What files say of themselves is what is found in them. */
async function checkStatistics(store: ObjectStore, snapshot: Snapshot, what: string): Promise<void> {
  for (const add of snapshot.files) {
    const batch = await readFile(store, snapshot, add);
    expect(parseStats(add).numRecords, `${what}, ${add.path}`).toBe(batch.length);
  }
}

async function rowsOfFile(
  store: ObjectStore,
  snapshot: Snapshot,
  add: Snapshot['files'][number],
): Promise<string[]> {
  return Array.from(ndjsonRows(await readFile(store, snapshot, add)));
}
