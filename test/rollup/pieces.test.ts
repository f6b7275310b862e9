import { expect, test } from 'vitest';
import { optimize } from '../../src/delta/optimize.ts';
import { vacuum } from '../../src/delta/vacuum.ts';
import { sweepPlans } from '../../src/rollup/staged-plan.ts';
import { collect } from '../support/collect.ts';
import { openPlant, perMinute, reading } from './plant.ts';
import { deps } from './rig.ts';

const DAY = 86_400_000;

test('what is more than the limit is left as it is, and says so', async () => {
  const plant = await openPlant(perMinute, 5);
  expect(await plant.inPieces(2).run()).toMatchObject({
    kind: 'large',
    why: 'the rollup is new; it is work for 3 runs',
    windows: 0,
    sourceVersion: 5,
  });
  expect(await plant.rows()).toEqual([]);
  expect(await plant.inPieces(5).run()).toMatchObject({ kind: 'full', rows: 5 });
  expect(await plant.inPieces(2).run()).toMatchObject({ kind: 'up-to-date' });
});

test('pieces are cut between windows, and nobody sees them before they are joined', async () => {
  const plant = await openPlant(perMinute, 5);
  const work = plant.inPieces(2);
  const { plan, pieces } = await work.plan();
  expect(pieces).toBe(3);
  for (const [piece, rows] of [2, 2, 1].entries())
    expect(await work.make(plan, piece)).toMatchObject({ kind: 'made', windows: rows, rows });
  expect(await plant.rows()).toEqual([]);
  const version = (await plant.version())!;
  expect(await work.join(plan)).toMatchObject({ kind: 'full', windows: 5, rows: 5, sourceVersion: 5 });
  expect(await plant.version()).toBe(version + 1);
  expect((await plant.rows()).map(([minute, sum]) => [minute, sum])).toEqual(
    [0, 1, 2, 3, 4].map((minute) => [minute, minute]),
  );
  expect(await work.plan()).toMatchObject({ pieces: 0 });
});

test('a window is one piece, however much it is, and a file that lies in several windows counts in each', async () => {
  const daily = await openPlant({ ...perMinute, every: '1 day' }, 6);
  expect(await daily.inPieces(1).plan()).toMatchObject({ pieces: 1 });
  const plant = await openPlant();
  await plant.source.change(
    [],
    [0, 1, 2, 3, 4, 5, 6, 7].map((minute) => reading(minute)),
  );
  expect(await plant.inPieces(2).plan()).toMatchObject({ pieces: 4 });
});

test('whoever makes a piece again finds it made', async () => {
  const plant = await openPlant(perMinute, 4);
  const work = plant.inPieces(2);
  const { plan } = await work.plan();
  const first = await work.make(plan, 0);
  const files = await dataFiles(plant);
  expect(await work.make(plan, 0)).toEqual(first);
  expect(await dataFiles(plant)).toEqual(files);
});

test('late readings over many windows are pieces of the windows that they changed', async () => {
  const plant = await openPlant(perMinute, 20);
  await plant.run();
  for (const minute of [2, 3, 15, 16]) await plant.source.change([], [reading(minute, { device: 'late' })]);
  const work = plant.inPieces(4);
  const { plan, pieces } = await work.plan();
  expect(pieces).toBe(2);
  for (let piece = 0; piece < pieces; piece++)
    expect(await work.make(plan, piece)).toMatchObject({ windows: 2, rows: 2 });
  expect(await work.join(plan)).toMatchObject({ kind: 'incremental', windows: 4, rows: 4 });
  expect((await plant.rows()).map(([, sum]) => sum)).toEqual(
    Array.from({ length: 20 }, (_, minute) => ([2, 3, 15, 16].includes(minute) ? 2 * minute : minute)),
  );
});

test('to plan does not read what pieces are for: all windows between the bounds of the files are taken', async () => {
  const plant = await openPlant(perMinute, 1);
  await plant.run();
  await plant.source.change([], [reading(10), reading(12), reading(14)]);
  let asked = 0;
  const sql = plant.sql;
  const query = sql.query.bind(sql);
  sql.query = (request) => {
    asked++;
    return query(request);
  };
  const work = plant.inPieces(2);
  const { plan, pieces } = await work.plan();
  expect([asked, pieces]).toEqual([0, 2]);
  for (let piece = 0; piece < pieces; piece++) await work.make(plan, piece);
  expect(await work.join(plan)).toMatchObject({ kind: 'incremental', rows: 3 });
  // the watermark passed the window that was there
  expect((await plant.rows()).map(([minute, , final]) => [minute, final])).toEqual([
    [0, true],
    [10, true],
    [12, true],
    [14, false],
  ]);
});

test('where removed files are too many to be read for their times, all is made anew', async () => {
  const plant = await openPlant(perMinute, 6);
  await plant.run();
  const files = await plant.source.live();
  await plant.source.change(files.slice(0, 4), [reading(9)]);
  const bytes = files[0]!.size * 2;
  expect(await plant.inPieces(2, { bytes }).run()).toMatchObject({
    kind: 'large',
    why: expect.stringMatching(/^4 files that changed do not say their times/),
  });
  expect(await plant.inPieces(2).run()).toMatchObject({ kind: 'incremental', windows: 5, rows: 1 });
});

test('gold that was compacted meanwhile takes the pieces all the same', async () => {
  const plant = await openPlant(perMinute, 3);
  await plant.run();
  await plant.source.change([], [reading(3)]);
  await plant.run();
  for (const minute of [0, 1]) await plant.source.change([], [reading(minute, { device: 'late' })]);
  const work = plant.inPieces(2);
  const { plan, pieces } = await work.plan();
  for (let piece = 0; piece < pieces; piece++) await work.make(plan, piece);
  expect(await optimize(plant.store, { sortBy: ['window_start'] }, deps)).toMatchObject({ commits: 1 });
  expect(await work.join(plan)).toMatchObject({ kind: 'incremental', windows: 2, filesReplaced: 1 });
  expect((await plant.rows()).map(([, sum]) => sum)).toEqual([0, 2, 2, 3]);
});

test('pieces of a version that gold has passed are dropped; of a later one they are joined', async () => {
  const plant = await openPlant(perMinute, 4);
  await plant.run();
  await plant.source.change([], [reading(0, { device: 'late' })]);
  const [early, late] = [plant.inPieces(2), plant.inPieces(2)];
  const first = await early.plan();
  await plant.source.change([], [reading(1, { device: 'late' })]);
  const second = await late.plan();
  await early.make(first.plan, 0);
  for (let piece = 0; piece < second.pieces; piece++) await late.make(second.plan, piece);
  expect(await early.join(first.plan)).toMatchObject({ kind: 'incremental', sourceVersion: 5 });
  expect(await late.join(second.plan)).toMatchObject({ kind: 'incremental', sourceVersion: 6 });
  expect(await early.join(first.plan)).toMatchObject({ kind: 'dropped' });
  expect(await late.join(second.plan)).toMatchObject({ kind: 'dropped' });
  expect((await plant.rows()).map(([, sum]) => sum)).toEqual([0, 2, 2, 3]);
});

test('a plan that no longer holds is stale, and says why', async () => {
  const plant = await openPlant(perMinute, 4);
  const work = plant.inPieces(2);
  const stale = (why: string | RegExp) => ({
    kind: 'stale',
    why: typeof why === 'string' ? why : expect.stringMatching(why),
  });
  expect(await work.make('none', 0)).toMatchObject(stale('there is no plan none'));
  expect(await work.join('none')).toMatchObject(stale('there is no plan none'));

  const { plan } = await work.plan();
  for (const piece of [2, -1, 0.5]) await expect(work.make(plan, piece)).rejects.toThrow('it has 0 to 1');
  await work.make(plan, 0);
  expect(await work.join(plan)).toMatchObject(stale('piece 1 was not made'));

  const changed = plant.inPieces(2, { as: { ...perMinute, every: '2 minutes' } });
  expect(await changed.join(plan)).toMatchObject(stale('the definition changed meanwhile'));
  expect(await changed.make(plan, 1)).toMatchObject(stale('the definition changed meanwhile'));
  // whoever comes later is told the same
  expect(await work.make(plan, 1)).toMatchObject(stale('the definition changed meanwhile'));
  expect(await work.join(plan)).toMatchObject(stale('the definition changed meanwhile'));

  const second = await work.plan();
  const [file] = await plant.source.live();
  await plant.source.change([file!], []);
  await plant.source.store.delete(decodeURIComponent(file!.path));
  const pieces = await Promise.all([0, 1].map((piece) => work.make(second.plan, piece)));
  expect(pieces).toContainEqual(expect.objectContaining(stale(/^version 4 of the source is gone: /)));
  expect(await work.join(second.plan)).toMatchObject(stale(/is gone/));
  expect(await plant.rows()).toEqual([]);
});

test('pieces that vacuum may have taken are not joined, and vacuum takes what was never joined', async () => {
  const plant = await openPlant(perMinute, 4);
  const work = plant.inPieces(2);
  const { plan, pieces } = await work.plan();
  for (let piece = 0; piece < pieces; piece++) await work.make(plan, piece);
  const later = deps.clock() + 4 * DAY;
  expect(await plant.inPieces(2, { now: later }).join(plan)).toMatchObject({
    kind: 'stale',
    why: expect.stringContaining('the plan is 96.0 h old, and what nobody refers to is kept for 168.0 h'),
  });
  expect(await dataFiles(plant)).toHaveLength(2);
  const sweep = async (now: number) => {
    const { retention, deleted } = (await vacuum(plant.store, {}, { ...deps, clock: () => now }))!;
    return [deleted, await sweepPlans(plant.store, now - retention, deps)];
  };
  expect(await sweep(later)).toEqual([0, 0]);
  expect(await sweep(deps.clock() + 8 * DAY)).toEqual([2, 3]);
  expect(await dataFiles(plant)).toEqual([]);
});

async function dataFiles({ store }: Awaited<ReturnType<typeof openPlant>>): Promise<string[]> {
  return (await collect(store.list(''))).map(({ key }) => key).filter((key) => key.endsWith('.parquet'));
}
