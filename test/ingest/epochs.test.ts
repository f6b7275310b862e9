import { expect, describe, it } from 'vitest';
import { loadTableState } from '../../src/delta/snapshot.ts';
import { defineFleet, double, type Fleet, table, text, topicLevel } from '../../src/fleet/index.ts';
import { ingestBatch } from '../../src/ingest/ingest-batch.ts';
import { recoverBatch } from '../../src/ingest/recover-batch.ts';
import { createMemoryStore } from '../../src/stores/memory-store.ts';
import { type ObjectStore, prefixedStore } from '../../src/stores/object-store.ts';
import { createEnvironment, readRows, runOf } from '../support/ingest-rig.ts';

const pumps = (max: number): Fleet =>
  defineFleet({
    name: 'pumps',
    tables: {
      readings: table({
        topic: 'pumps/{pump}/reading',
        device: topicLevel('pump'),
        columns: { pump: text({ from: topicLevel('pump') }), value: double({ max }) },
      }),
    },
  });
const [strict, lax] = [pumps(10), pumps(100)];
/** The second reading is a row under the lax definition, and a failure under the strict one. */
const run = runOf(
  1,
  [5, 50].map((value) => ['pumps/a/reading', { value }] as const),
);

describe('two definitions that judge the same records at the same time', () => {
  const attempts = [
    { earlier: strict, later: lax, waits: 'quarantine' },
    { earlier: lax, later: strict, waits: 'pumps/readings' },
  ];
  for (const { earlier, later, waits } of attempts) {
    it(`leave every reading once where the earlier one waits before its commit to ${waits}`, async () => {
      const store = createMemoryStore();
      const waiting = stoppingAt(store, (key) => key.startsWith(`${waits}/`) && key.endsWith('.parquet'));
      const early = ingestBatch([run], createEnvironment(waiting, [earlier]));
      await waiting.stopped;
      await ingestBatch([run], createEnvironment(store, [later]));
      waiting.goOn();
      await expect(early).rejects.toMatchObject({ retriable: true });
      await ingestBatch([run], createEnvironment(store, [earlier]));
      expect(await standing(store)).toEqual(later === lax ? ['row 1', 'row 2'] : ['failure 2', 'row 1']);
    });
  }

  it('leave every reading once where a recovery works beside the event source', async () => {
    const store = createMemoryStore();
    const waiting = stoppingAt(store, (key) => key.startsWith('pumps/readings/') && key.endsWith('.parquet'));
    const recovery = recoverBatch([run], true, createEnvironment(waiting, [lax]));
    await waiting.stopped;
    await ingestBatch([run], createEnvironment(store, [strict]));
    waiting.goOn();
    await expect(recovery).rejects.toMatchObject({ retriable: true });
    await recoverBatch([run], true, createEnvironment(store, [lax]));
    expect(await standing(store)).toEqual(['failure 2', 'row 1']);
  });
});

it('costs a commit to the quarantine once a shard and definition, and none to the tables of good readings', async () => {
  const store = createMemoryStore();
  const good = (from: number) => runOf(from, [['pumps/a/reading', { value: 1 }]]);
  const version = async (path: string) => (await loadTableState(prefixedStore(store, `${path}/`)))?.version;
  for (const from of [1, 2, 3]) await ingestBatch([good(from)], createEnvironment(store, [lax]));
  expect([await version('quarantine'), await version('pumps/readings')]).toEqual([1, 3]);
  for (const from of [4, 5]) await ingestBatch([good(from)], createEnvironment(store, [strict]));
  expect([await version('quarantine'), await version('pumps/readings')]).toEqual([2, 5]);
});

/** Where each reading of the run stands, by its position. */
async function standing(store: ObjectStore): Promise<string[]> {
  const rows = await readRows(store, 'pumps/readings', ['_position']);
  const failures = await readRows(store, 'quarantine', ['_position']);
  return [
    ...failures.map(([position]) => `failure ${Number(position)}`),
    ...rows.map(([position]) => `row ${Number(position)}`),
  ];
}

/** A store whose first put of such a key waits until it may go on. */
function stoppingAt(store: ObjectStore, stops: (key: string) => boolean) {
  const stopped = Promise.withResolvers<void>();
  const goingOn = Promise.withResolvers<void>();
  return {
    ...store,
    stopped: stopped.promise,
    goOn: () => goingOn.resolve(),
    async put(key: string, bytes: Uint8Array) {
      if (stops(key)) {
        stopped.resolve();
        await goingOn.promise;
      }
      await store.put(key, bytes);
    },
  };
}
