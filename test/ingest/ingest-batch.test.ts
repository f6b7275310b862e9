import { describe, expect, it } from 'vitest';
import { loadTableState } from '../../src/delta/snapshot.ts';
import { type Fleet, defineFleet, double, integer, table, text, topicLevel } from '../../src/fleet/index.ts';
import { ingestBatch } from '../../src/ingest/ingest-batch.ts';
import { createMemoryStore } from '../../src/stores/memory-store.ts';
import { prefixedStore } from '../../src/stores/object-store.ts';
import { createEnvironment, interruptible, readRows, runOf } from '../support/ingest-rig.ts';

const ORIGINS = ['_shard', '_position', '_index'];

function pumps(value: ReturnType<typeof double> | ReturnType<typeof text>): Fleet {
  return defineFleet({
    name: 'pumps',
    tables: {
      readings: table({
        topic: 'pumps/{pump}/reading',
        device: topicLevel('pump'),
        columns: { pump: text({ from: topicLevel('pump') }), value },
      }),
      alarms: table({
        topic: 'pumps/{pump}/alarm',
        device: topicLevel('pump'),
        columns: { pump: text({ from: topicLevel('pump') }), code: integer() },
      }),
    },
  });
}
const fleet = pumps(double({ max: 100 }));
const reading = (pump: string, value: unknown) => [`pumps/${pump}/reading`, { value }] as const;
const alarm = (pump: string, code: unknown) => [`pumps/${pump}/alarm`, { code }] as const;

describe('a batch', () => {
  it('becomes rows in every table that takes its topics, with progress in the same commit', async () => {
    const store = createMemoryStore();
    const report = await ingestBatch(
      [runOf(1, [reading('a', 1), alarm('a', 7), reading('b', 2)])],
      createEnvironment(store, [fleet]),
    );
    expect(report).toMatchObject({
      records: 3,
      rows: { 'pumps/readings': 2, 'pumps/alarms': 1 },
      quarantined: 0,
    });
    expect(await readRows(store, 'pumps/readings', ['pump', 'value', '_topic'])).toEqual([
      ['a', '1', 'pumps/a/reading'],
      ['b', '2', 'pumps/b/reading'],
    ]);
    const state = await loadTableState(prefixedStore(store, 'pumps/alarms/'));
    expect(state?.txns.get('sqlite/00000000-0000-4000-8000-000000000000/shardId-000000000000')).toBe(3);
  });

  it('adds nothing when it comes again, to the same environment or to a new one', async () => {
    const store = createMemoryStore();
    const environment = createEnvironment(store, [fleet]);
    const run = runOf(1, [reading('a', 1), reading('a', 'x'), ['nowhere', '{}']]);
    await ingestBatch([run], environment);
    expect(await ingestBatch([run], environment)).toMatchObject({ rows: {}, quarantined: 0 });
    expect(await ingestBatch([run], createEnvironment(store, [fleet]))).toMatchObject({
      rows: {},
      quarantined: 0,
    });
    expect(await readRows(store, 'pumps/readings', ORIGINS)).toHaveLength(1);
    expect(await readRows(store, 'quarantine', ['reason'])).toEqual([['unroutable-topic'], ['wrong-type']]);
  });

  it('takes only what lies beyond progress when batches overlap', async () => {
    const store = createMemoryStore();
    const messages = Array.from({ length: 10 }, (_, i) => reading('a', i));
    await ingestBatch([runOf(1, messages.slice(0, 6))], createEnvironment(store, [fleet]));
    const report = await ingestBatch([runOf(1, messages)], createEnvironment(store, [fleet]));
    expect(report.rows).toEqual({ 'pumps/readings': 4 });
    expect(new Set((await readRows(store, 'pumps/readings', ORIGINS)).map(String)).size).toBe(10);
  });

  it('costs one put a file and one put a commit when warm', async () => {
    const calls: string[] = [];
    const memory = createMemoryStore();
    const counted = new Proxy(memory, {
      get:
        (target, name: keyof typeof memory) =>
        (key: never, ...rest: never[]) => {
          calls.push(name);
          return (target[name] as (...args: never[]) => unknown)(key, ...rest);
        },
    });
    const environment = createEnvironment(counted, [fleet]);
    await ingestBatch([runOf(1, [reading('a', 1)])], environment);
    calls.length = 0;
    await ingestBatch([runOf(2, [reading('a', 2)])], environment);
    expect(calls.sort()).toEqual(['put', 'putIfAbsent']);
  });

  it('takes turns with another environment on the same table', async () => {
    const store = createMemoryStore();
    const environments = [createEnvironment(store, [fleet]), createEnvironment(store, [fleet])];
    for (let round = 0; round < 10; round++) {
      await Promise.all(
        environments.map((environment, i) =>
          ingestBatch(
            [runOf(1 + round * 3, [reading('a', 1), reading('b', 2), reading('c', 3)], { shard: `s${i}` })],
            environment,
          ),
        ),
      );
    }
    expect(new Set((await readRows(store, 'pumps/readings', ORIGINS)).map(String)).size).toBe(60);
  });

  it('is refused where the stream was made anew under the same identity', async () => {
    const store = createMemoryStore();
    await ingestBatch([runOf(1, [reading('a', 1), reading('a', 2)])], createEnvironment(store, [fleet]));
    const later = runOf(1, [reading('a', 3)], { arrivedAt: Date.UTC(2026, 0, 3) });
    await expect(ingestBatch([later], createEnvironment(store, [fleet]))).rejects.toThrow(/made anew/);
  });
});

describe('a message that does not fit', () => {
  it('stands in the quarantine once, byte for byte, with every failed reading; its good readings are rows', async () => {
    const store = createMemoryStore();
    const payload = '[{"value":1},{"value":"x"},{"value":101},{"value":4}]';
    await ingestBatch([runOf(5, [['pumps/a/reading', payload]])], createEnvironment(store, [fleet]));
    expect(await readRows(store, 'pumps/readings', ['_index'])).toEqual([['0'], ['3']]);
    const [[kept, index, reason, failures] = []] = await readRows(store, 'quarantine', [
      'payload',
      '_index',
      'reason',
      'failures',
    ]);
    expect([kept, index, reason]).toEqual([payload, '1', 'wrong-type']);
    expect(JSON.parse(failures!)).toMatchObject([
      { table: 'pumps/readings', index: 1, reason: 'wrong-type', column: 'value' },
      { table: 'pumps/readings', index: 2, reason: 'out-of-range', column: 'value' },
    ]);
  });
});

describe('a crash between the quarantine and a table', () => {
  const strict = pumps(double({ max: 10 }));
  const lax = pumps(double({ max: 100 }));

  async function crashThenRetry(before: Fleet, after: Fleet) {
    const store = interruptible(createMemoryStore());
    const run = runOf(1, [reading('a', 5), reading('a', 50), reading('a', 'x')]);
    // the table exists, so that the planted fault hits the commit of its rows
    await ingestBatch([runOf(0, [reading('z', 0)])], createEnvironment(store, [before]));
    store.failNext(/readings\/_delta_log\/0+2\.json/, 'before');
    store.failNext(/readings\/_delta_log\/0+2\.json/, 'before');
    for (let i = 0; i < 50; i++) store.failNext(/readings\/_delta_log\/0+2\.json/, 'before');
    await expect(ingestBatch([run], createEnvironment(store, [before]))).rejects.toThrow(/planted/);
    return { store, run, after };
  }

  async function settle(
    store: ReturnType<typeof interruptible>,
    run: ReturnType<typeof runOf>,
    fleetNow: Fleet,
  ) {
    for (let attempt = 0; ; attempt++) {
      try {
        await ingestBatch([run], createEnvironment(store, [fleetNow]));
        break;
      } catch (error) {
        if (attempt > 100 || !String(error).includes('planted')) throw error;
      }
    }
    const rows = (await readRows(store, 'pumps/readings', ['_position'])).map(([position]) =>
      Number(position),
    );
    const quarantined = (await readRows(store, 'quarantine', ['_position'])).map(([position]) =>
      Number(position),
    );
    return [...rows, ...quarantined].sort();
  }

  it('neither loses nor doubles under the same definition', async () => {
    const { store, run } = await crashThenRetry(lax, lax);
    expect(await settle(store, run, lax)).toEqual([0, 1, 2, 3]);
  });

  it('does not double a reading that a laxer definition now takes', async () => {
    const { store, run } = await crashThenRetry(strict, lax);
    expect(await settle(store, run, lax)).toEqual([0, 1, 2, 3]);
  });

  it('does not lose a reading that a stricter definition now refuses', async () => {
    const { store, run } = await crashThenRetry(lax, strict);
    expect(await settle(store, run, strict)).toEqual([0, 1, 2, 3]);
  });
});

describe('an environment that saw a table before another attempt moved its progress', () => {
  it('does not keep as failures what the table took under a laxer definition', async () => {
    const store = createMemoryStore();
    const strict = createEnvironment(store, [pumps(double({ max: 10 }))]);
    await ingestBatch([runOf(1, [reading('z', 1)], { shard: 'other' })], strict);
    // done, but the event source did not hear of it
    const run = runOf(1, [reading('a', 5), reading('a', 50)]);
    await ingestBatch([run], createEnvironment(store, [pumps(double({ max: 100 }))]));
    expect(await ingestBatch([run], strict)).toMatchObject({ rows: {}, quarantined: 0 });
    expect(await readRows(store, 'quarantine', ['_position'])).toEqual([]);
  });
});

it('goes on where another environment had the shard in between', async () => {
  const store = createMemoryStore();
  const [one, two] = [createEnvironment(store, [fleet]), createEnvironment(store, [fleet])];
  for (const [position, environment] of [one, two, one, two].entries()) {
    const report = await ingestBatch([runOf(position + 1, [reading('a', position)])], environment);
    expect(report.rows).toEqual({ 'pumps/readings': 1 });
  }
});

describe('an environment that saw the quarantine before another attempt moved its progress', () => {
  it('does not lose a reading that only its own, stricter definition refuses', async () => {
    const store = interruptible(createMemoryStore());
    const strict = createEnvironment(store, [pumps(double({ max: 10 }))]);
    // it knows the quarantine from another shard, and not what happens to it now
    await ingestBatch([runOf(1, [reading('z', 'x')], { shard: 'other' })], strict);
    const run = runOf(1, [reading('a', 5), reading('a', 50), reading('a', 'x')]);
    // its fence stands before its rows
    store.failNext(/readings\/_delta_log\/0+3\.json/, 'before');
    const lax = createEnvironment(store, [pumps(double({ max: 100 }))]);
    await expect(ingestBatch([run], lax)).rejects.toThrow(/planted/);
    await ingestBatch([run], strict);
    expect(await readRows(store, 'pumps/readings', ['_position'])).toEqual([[padded(1)]]);
    const kept = await readRows(store, 'quarantine', ['_shard', '_position']);
    expect(kept.filter(([shard]) => shard !== 'other').map(([, position]) => position)).toEqual([
      padded(2),
      padded(3),
    ]);
  });

  it('does not double a reading that its own, laxer definition takes', async () => {
    const store = interruptible(createMemoryStore());
    const lax = createEnvironment(store, [pumps(double({ max: 100 }))]);
    await ingestBatch([runOf(1, [reading('z', 'x')], { shard: 'other' })], lax);
    const run = runOf(1, [reading('a', 5), reading('a', 50)]);
    // its fence stands before its rows
    store.failNext(/readings\/_delta_log\/0+3\.json/, 'before');
    const strict = createEnvironment(store, [pumps(double({ max: 10 }))]);
    await expect(ingestBatch([run], strict)).rejects.toThrow(/planted/);
    await ingestBatch([run], lax);
    expect(await readRows(store, 'pumps/readings', ['_position'])).toEqual([[padded(1)]]);
  });

  const padded = (position: number) => String(position).padStart(19, '0');
});

describe('a table that refuses', () => {
  it('sends its readings to the quarantine while the others go on, however often the batch comes', async () => {
    const store = createMemoryStore();
    await ingestBatch([runOf(1, [reading('a', 1), alarm('a', 1)])], createEnvironment(store, [fleet]));
    const changed = pumps(text());
    const run = runOf(3, [reading('a', 'words'), alarm('a', 2), reading('b', {})]);
    const report = await ingestBatch([run], createEnvironment(store, [changed]));
    expect(report).toMatchObject({ rows: { 'pumps/alarms': 1 }, quarantined: 2 });
    expect(await ingestBatch([run], createEnvironment(store, [changed]))).toMatchObject({ quarantined: 0 });
    const quarantined = await readRows(store, 'quarantine', ['reason', 'detail']);
    expect(quarantined.map(([reason]) => reason)).toEqual(['table-refused', 'wrong-type']);
    expect(quarantined[0]![1]).toMatch(/double.*string|string.*double/);
    expect(await readRows(store, 'pumps/alarms', ['code'])).toEqual([['1'], ['2']]);
  });
});
