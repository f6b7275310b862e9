import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { optimize } from '../../src/delta/optimize.ts';
import { loadSnapshot } from '../../src/delta/snapshot.ts';
import { runRollup } from '../../src/rollup/run.ts';
import { createDuckDbEngine } from '../../src/sql/duckdb.ts';
import type { SqlEngine } from '../../src/sql/sql-engine.ts';
import { createMemoryStore } from '../../src/stores/memory-store.ts';
import type { ObjectStore } from '../../src/stores/object-store.ts';
import { temporaryFolder } from '../sql/data-files.ts';
import { openPlant, perMinute, reading } from './plant.ts';
import { deps, partsOf, plantFleet, readGold, type Recipe } from './rig.ts';

test('a rollup without a source waits for it', async () => {
  const { source: table, gold } = partsOf(plantFleet(perMinute));
  const sql = createDuckDbEngine({ stagingDirectory: join(temporaryFolder(), 'staging') });
  onTestFinished(() => sql.close());
  const report = await runRollup(gold, table, { ...deps, lake: createMemoryStore(), sql });
  expect(report).toMatchObject({
    kind: 'up-to-date',
    why: 'the source is not there yet',
    sourceVersion: undefined,
  });
});

test('an empty source gives an empty rollup, and the first rows come as an increment', async () => {
  const plant = await openPlant();
  expect(await plant.run()).toMatchObject({
    kind: 'full',
    why: 'the rollup is new',
    windows: 0,
    rows: 0,
    sourceVersion: 0,
  });
  await plant.source.change([], [reading(0)]);
  expect(await plant.run()).toMatchObject({ kind: 'incremental', windows: 1, rows: 1, sourceVersion: 1 });
  expect(await plant.rows()).toEqual([[0, 0, false]]);
});

test('nothing new makes no commit', async () => {
  const plant = await openPlant(perMinute, 2);
  await plant.run();
  const version = await plant.version();
  expect(await plant.run()).toMatchObject({ kind: 'up-to-date', sourceVersion: 2, windows: 0, filesRead: 0 });
  expect(await plant.version()).toBe(version);
});

test('a new window is appended: what it does not touch is not read and not replaced', async () => {
  const plant = await openPlant(perMinute, 5);
  await plant.run();
  await plant.source.change([], [reading(60)]);
  // the last window becomes final as the watermark passes its end
  expect(await plant.run()).toMatchObject({
    kind: 'incremental',
    windows: 1,
    rows: 1,
    filesRead: 1,
    finalized: 1,
    filesReplaced: 1,
  });
  await plant.source.change([], [reading(60, { device: 'b' })]);
  expect(await plant.run()).toMatchObject({
    windows: 1,
    rows: 1,
    filesRead: 2,
    finalized: 0,
    filesReplaced: 1,
  });
  await plant.source.change([], [reading(61)]);
  expect(await plant.run()).toMatchObject({
    windows: 1,
    rows: 1,
    filesRead: 1,
    finalized: 1,
    filesReplaced: 1,
  });
});

test('a late reading repairs its window, and only that', async () => {
  const plant = await openPlant(perMinute, 5);
  await plant.run();
  await plant.source.change([], [reading(2, { device: 'late', v: 100 })]);
  expect(await plant.run()).toMatchObject({
    kind: 'incremental',
    windows: 1,
    rows: 1,
    filesRead: 2,
    finalized: 0,
  });
  expect(await plant.rows()).toEqual([
    [0, 0, true],
    [1, 1, true],
    [2, 102, true],
    [3, 3, true],
    [4, 4, false],
  ]);
});

test('a group that emptied vanishes', async () => {
  const plant = await openPlant();
  const [file] = await plant.source.change([], [reading(0, { site: 'south' }), reading(0, { device: 'b' })]);
  await plant.run();
  expect((await plant.rows()).length).toBe(2);
  await plant.source.change([file!], [reading(0, { device: 'b' })]);
  expect(await plant.run()).toMatchObject({ kind: 'incremental', windows: 1, rows: 1 });
  expect((await plant.rows()).length).toBe(1);
});

test('a rewrite of the source that changes no row recomputes nothing', async () => {
  const plant = await openPlant(perMinute, 2);
  await plant.run();
  const files = await plant.source.live();
  await plant.source.change(files, [reading(0), reading(1)], false);
  expect(await plant.run()).toMatchObject({
    kind: 'incremental',
    sourceVersion: 3,
    windows: 0,
    rows: 0,
    filesRead: 0,
    filesReplaced: 0,
  });
  expect(await plant.run()).toMatchObject({ kind: 'up-to-date' });
});

test('optimizing the source and gold between runs recomputes nothing, and late readings repair what is left', async () => {
  const plant = await openPlant(perMinute, 3);
  await plant.run();
  await plant.source.change([], [reading(3)]);
  await plant.run();
  const before = await plant.rows();
  await compact(plant.store);
  await optimize(plant.source.store, { sortBy: ['at', 'device'] }, deps);
  expect(await plant.source.live()).toHaveLength(1);
  const nothing = { windows: 0, rows: 0, filesRead: 0, filesReplaced: 0 };
  expect(await plant.run()).toMatchObject({ kind: 'incremental', ...nothing });
  expect(await plant.run()).toMatchObject({ kind: 'up-to-date' });
  expect(await plant.rows()).toEqual(before);
  await plant.source.change([], [reading(1, { device: 'late' })]);
  await optimize(plant.source.store, {}, deps);
  expect(await plant.run()).toMatchObject({ kind: 'incremental', windows: 1, filesReplaced: 1 });
  expect(await plant.rows()).toEqual(before.map((row) => (row[0] === 1 ? [1, 2, true] : row)));
});

test('a changed definition recomputes all, and the table takes its columns', async () => {
  const plant = await openPlant(perMinute, 3);
  await plant.run();
  const hourly: Recipe = { ...perMinute, every: '1 hour', partition: 'month' };
  expect(await plant.run({ as: hourly })).toMatchObject({
    kind: 'full',
    why: 'its definition changed',
    windows: 1,
    rows: 1,
    filesReplaced: 1,
  });
  const snapshot = await loadSnapshot(plant.store);
  expect(snapshot?.metadata.partitionColumns).toEqual(['_month']);
  expect(snapshot?.schema.fields.at(-1)?.name).toBe('_month');
  expect(await plant.rows()).toEqual([[0, 3, false]]);
});

test('another source under the same name recomputes all, and so does the first one when it comes back', async () => {
  const plant = await openPlant(perMinute, 3);
  await plant.run();
  const first: [string, Uint8Array][] = [];
  for await (const { key } of plant.lake.list('plant/readings/')) {
    first.push([key, (await plant.lake.get(key))!]);
    await plant.lake.delete(key);
  }
  await plant.source.create();
  await plant.source.change([], [reading(7)]);
  expect(await plant.run()).toMatchObject({
    kind: 'full',
    why: 'the source is another table than the one it was made from',
  });
  expect(await plant.rows()).toEqual([[7, 7, false]]);

  for await (const { key } of plant.lake.list('plant/readings/')) await plant.lake.delete(key);
  for (const [key, bytes] of first) await plant.lake.put(key, bytes);
  expect(await plant.run()).toMatchObject({ kind: 'full', rows: 3 });
});

test('a source that was put back to an earlier version recomputes all', async () => {
  const plant = await openPlant(perMinute, 3);
  await plant.run();
  await plant.lake.delete('plant/readings/_delta_log/00000000000000000003.json');
  expect(await plant.run()).toMatchObject({
    kind: 'full',
    why: 'it was made from version 3 of the source, which is at 2',
    rows: 2,
  });
});

test('a log that no longer reaches back recomputes all, and says so', async () => {
  const plant = await openPlant(perMinute, 1);
  await plant.run();
  await plant.source.change([], [reading(1)]);
  await plant.source.change([], [reading(2)]);
  const hidden = hide(plant.lake, 'plant/readings/_delta_log/00000000000000000002.json');
  // the snapshot still loads where a checkpoint stands in for the commit; here the commit goes between the two looks
  expect(await plant.run({ lake: hidden })).toMatchObject({
    kind: 'full',
    why: "the source's log no longer holds version 2",
    rows: 3,
  });
});

test('a vacuumed file whose rows changed recomputes all, and says so', async () => {
  const plant = await openPlant();
  const [file] = await plant.source.change([], [reading(0), reading(1)]);
  await plant.run();
  await plant.source.change([file!], [reading(1)]);
  await plant.source.store.delete(decodeURIComponent(file!.path));
  const report = await plant.run();
  expect(report).toMatchObject({ kind: 'full', rows: 1 });
  expect(report.why).toMatch(/was vacuumed$/);
});

test('of two runs at once, one drops its result', async () => {
  const plant = await openPlant(perMinute, 3);
  await plant.run();
  await plant.source.change([], [reading(9)]);
  const reports = await Promise.all([plant.run(), plant.run()]);
  expect(reports.map(({ kind }) => kind).sort()).toEqual(['dropped', 'incremental']);
  expect(await plant.rows()).toEqual([
    [0, 0, true],
    [1, 1, true],
    [2, 2, true],
    [9, 9, false],
  ]);
});

test('a compaction of gold that comes between is planned on anew', async () => {
  const plant = await openPlant(perMinute, 2);
  await plant.run();
  await plant.source.change([], [reading(2)]);
  await plant.run();
  await plant.source.change([], [reading(1, { device: 'late' })]);
  let compacted = false;
  const sql: SqlEngine = {
    ...plant.sql,
    async query(request) {
      if (!compacted) {
        compacted = true;
        await compact(plant.store);
      }
      return plant.sql.query(request);
    },
  };
  expect(await plant.run({ sql })).toMatchObject({ kind: 'incremental', windows: 1, filesReplaced: 1 });
  expect(await plant.rows()).toEqual([
    [0, 0, true],
    [1, 2, true],
    [2, 2, false],
  ]);
});

test('windows of a rolled-back event time are open again', async () => {
  const plant = await openPlant(perMinute, 2);
  const [ahead] = await plant.source.change([], [reading(50)]);
  await plant.run();
  expect((await plant.rows()).map(([, , final]) => final)).toEqual([true, true, false]);
  await plant.source.change([ahead!], []);
  expect(await plant.run()).toMatchObject({ kind: 'incremental', windows: 1, rows: 0, finalized: 1 });
  expect(await plant.rows()).toEqual([
    [0, 0, true],
    [1, 1, false],
  ]);
});

test('rows without a value for an optional group or measure count all the same', async () => {
  const plant = await openPlant();
  await plant.source.change(
    [],
    [reading(0, { site: null, v: null }), reading(0, { device: 'b', site: null, v: null })],
  );
  await plant.run();
  const [row] = await readGold(plant.lake, partsOf(plantFleet(perMinute)).gold);
  expect(row).toMatchObject({
    site: undefined,
    readings: 2n,
    v_sum: undefined,
    v_avg: undefined,
    v_dev: undefined,
    v_last: undefined,
  });
});

/** Answers as if one object were gone, after the first listing. */
function hide(lake: ObjectStore, hidden: string): ObjectStore {
  let reads = 0;
  return {
    ...lake,
    // the snapshot reads the commit first, the changes second
    get: async (key) => (key === hidden && ++reads > 1 ? undefined : lake.get(key)),
  };
}

/** As the schedule of a lake does it for gold. */
async function compact(store: ObjectStore): Promise<void> {
  expect(await optimize(store, { sortBy: ['window_start'], targetRows: 10_000 }, deps)).toMatchObject({
    commits: 1,
    complete: true,
  });
}
