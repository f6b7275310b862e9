import { describe, expect, it } from 'vitest';
import { type Fleet, defineFleet, double, table, text, topicLevel } from '../../src/fleet/index.ts';
import { discardQuarantine } from '../../src/ingest/discard-quarantine.ts';
import { ingestBatch } from '../../src/ingest/ingest-batch.ts';
import { redecodeTable } from '../../src/ingest/redecode.ts';
import { replayQuarantine } from '../../src/ingest/replay-quarantine.ts';
import { createMemoryStore } from '../../src/stores/memory-store.ts';
import type { ObjectStore } from '../../src/stores/object-store.ts';
import { createEnvironment, readRows, runOf } from '../support/ingest-rig.ts';
import { Crash, mortalStore, verifyRuns } from '../support/replay-rig.ts';

type Definition = { readonly max?: number; readonly alarms?: boolean; readonly path?: string };

function pumps({ max = 10, alarms = false, path }: Definition): Fleet {
  const readings = table({
    topic: 'pumps/{pump}/reading',
    device: topicLevel('pump'),
    columns: { pump: text({ from: topicLevel('pump') }), value: double({ max }) },
    keepPayload: true,
    partition: 'none',
    ...(path === undefined ? {} : { readings: path }),
  });
  const alarm = table({
    topic: 'pumps/{pump}/alarm',
    device: topicLevel('pump'),
    columns: { pump: text({ from: topicLevel('pump') }), value: double({ max }) },
    partition: 'none',
  });
  return defineFleet({ name: 'pumps', tables: alarms ? { readings, alarms: alarm } : { readings } });
}

const reading = (...values: unknown[]) => ['pumps/a/reading', values.map((value) => ({ value }))] as const;
const alarm = (...values: unknown[]) => ['pumps/a/alarm', values.map((value) => ({ value }))] as const;
const strict = pumps({});
const lax = pumps({ max: 100 });
const ROW = ['_position', '_index', 'value'];
const short = (rows: string[][]) => rows.map(([position, ...rest]) => [Number(position), ...rest].join(' '));

async function ingest(store: ObjectStore, fleet: Fleet, run: ReturnType<typeof runOf>) {
  return ingestBatch([run], createEnvironment(store, [fleet]));
}
const replay = (store: ObjectStore, fleet: Fleet, selection = {}) =>
  replayQuarantine(selection, createEnvironment(store, [fleet]));

describe('a replay', () => {
  const run = runOf(1, [reading(1, 50, 'x'), reading(60), reading(2), reading('y')]);

  it('makes rows of what the definition takes now, and leaves the rest with what still fails', async () => {
    const store = createMemoryStore();
    await ingest(store, strict, run);
    expect(await replay(store, lax)).toEqual({ messages: 3, rows: 2, resolved: 1, failing: 2 });
    expect(short(await readRows(store, 'pumps/readings', ROW))).toEqual([
      '1 0 1',
      '1 1 50',
      '2 0 60',
      '3 0 2',
    ]);
    const [first, second, third] = await readRows(store, 'quarantine', [
      '_position',
      'reason',
      'resolution',
      'failures',
    ]);
    expect(first!.slice(1, 3)).toEqual(['wrong-type', 'null']);
    expect(JSON.parse(first![3]!)).toMatchObject([
      { index: 1, reason: 'out-of-range', resolution: 'replayed' },
      { index: 2, reason: 'wrong-type', column: 'value' },
    ]);
    expect(second!.slice(1, 3)).toEqual(['out-of-range', 'replayed']);
    expect(third!.slice(1, 3)).toEqual(['wrong-type', 'null']);
    expect(await verifyRuns([run], store, [lax])).toMatchObject({ lost: 0, doubled: 0, rows: 4 });
  });

  it('of what cannot become better changes nothing, however often', async () => {
    const store = createMemoryStore();
    await ingest(store, strict, run);
    await replay(store, lax);
    const before = await keysOf(store);
    expect(await replay(store, lax)).toEqual({ messages: 2, rows: 0, resolved: 0, failing: 2 });
    expect(await keysOf(store)).toEqual(before);
  });

  it('takes only what is selected', async () => {
    const store = createMemoryStore();
    await ingest(store, strict, run);
    expect(await replay(store, lax, { limit: 1 })).toMatchObject({ messages: 1, rows: 1 });
    expect(await replay(store, lax, { reason: 'not-json' })).toMatchObject({ messages: 0 });
    expect(await replay(store, lax, { table: 'pumps/alarms' })).toMatchObject({ messages: 0 });
    expect(await replay(store, lax, { since: Date.UTC(2026, 0, 3) })).toMatchObject({ messages: 0 });
    expect(await replay(store, lax, { reason: 'out-of-range' })).toMatchObject({ messages: 2, rows: 1 });
  });

  it('brings a message to tables that take its topic now', async () => {
    const store = createMemoryStore();
    const alarms = runOf(1, [alarm(1, 500), reading(1)]);
    const now = pumps({ alarms: true });
    await ingest(store, strict, alarms);
    expect(await replay(store, now)).toEqual({ messages: 1, rows: 1, resolved: 0, failing: 1 });
    expect(await verifyRuns([alarms], store, [now])).toMatchObject({ lost: 0, doubled: 0 });
    // the batch, which had not been acknowledged, comes again
    await ingest(store, now, alarms);
    expect(await verifyRuns([alarms], store, [now])).toMatchObject({ lost: 0, doubled: 0 });
    const laxer = pumps({ alarms: true, max: 1000 });
    expect(await replay(store, laxer)).toMatchObject({ rows: 1, resolved: 1 });
    expect(await verifyRuns([alarms], store, [laxer])).toMatchObject({ lost: 0, doubled: 0, rows: 3 });
  });

  it('brings every reading that a definition finds in a message now', async () => {
    const store = createMemoryStore();
    const nested = runOf(1, [['pumps/a/reading', { data: [{ value: 1 }, { value: 2 }, { value: 500 }] }]]);
    await ingest(store, strict, nested);
    const now = pumps({ path: 'data' });
    expect(await replay(store, now)).toMatchObject({ rows: 2, failing: 1 });
    expect(await verifyRuns([nested], store, [now])).toMatchObject({ lost: 0, doubled: 0 });
  });

  it('keeps the bytes of a message in one row, so that the table can be decoded anew', async () => {
    const store = createMemoryStore();
    const both = runOf(1, [reading(1, 50), reading(50, 60), reading(50, 500)]);
    await ingest(store, strict, both);
    await replay(store, lax);
    await replay(store, pumps({ max: 1000 }));
    const kept = await readRows(store, 'pumps/readings', ['_position', '_payload']);
    const positions = kept.filter(([, payload]) => payload !== 'null').map(([position]) => Number(position));
    expect(positions).toEqual([1, 2, 3]);
    const again = pumps({ max: 1000 });
    const { lake, decoderOf } = createEnvironment(store, [again]);
    const own = again.tables['readings']!;
    await redecodeTable(own, { lake, decoder: decoderOf(own) });
    expect(await verifyRuns([both], store, [again])).toMatchObject({ lost: 0, doubled: 0, rows: 6 });
    // a stricter definition sends replayed readings back
    const environment = createEnvironment(store, [strict]);
    await redecodeTable(strict.tables['readings']!, {
      lake: environment.lake,
      decoder: environment.decoderOf(strict.tables['readings']!),
    });
    expect(await verifyRuns([both], store, [strict])).toMatchObject({ lost: 0, doubled: 0, rows: 1 });
    expect(await replay(store, lax)).toMatchObject({ rows: 4 });
    expect(await verifyRuns([both], store, [lax])).toMatchObject({ lost: 0, doubled: 0, rows: 5 });
  });

  it('of a sick table leaves the others theirs, and says so', async () => {
    const store = createMemoryStore();
    const now = pumps({ alarms: true });
    const mixed = runOf(1, [alarm(1), reading(50)]);
    await ingest(store, strict, mixed);
    const sick: ObjectStore = {
      ...store,
      put: (key, bytes) =>
        key.startsWith('pumps/alarms/') ? Promise.reject(new Error('sick')) : store.put(key, bytes),
    };
    await expect(replay(sick, pumps({ alarms: true, max: 100 }))).rejects.toThrow('sick');
    expect(await readRows(store, 'pumps/readings', ['value'])).toEqual([['50']]);
    expect(await verifyRuns([mixed], store, [now])).toMatchObject({ lost: 0, doubled: 0 });
    expect(await replay(store, now)).toMatchObject({ messages: 1, rows: 1, resolved: 1 });
  });
});

describe('a discard', () => {
  it('is tried no more, needs no row, and may have none', async () => {
    const store = createMemoryStore();
    const run = runOf(1, [reading(1, 50), reading('x'), ['nowhere', '{}']]);
    await ingest(store, strict, run);
    const environment = createEnvironment(store, [lax]);
    expect(await discardQuarantine({}, environment)).toBe(3);
    expect(await replay(store, lax)).toMatchObject({ messages: 0 });
    expect(await verifyRuns([run], store, [lax])).toMatchObject({ lost: 0, doubled: 0, rows: 1 });
    expect(await readRows(store, 'quarantine', ['resolution'])).toEqual([
      ['discarded'],
      ['discarded'],
      ['discarded'],
    ]);
  });

  it('knows what an interrupted replay had made rows of', async () => {
    const store = createMemoryStore();
    const run = runOf(1, [reading(50), reading('x')]);
    await ingest(store, strict, run);
    const noUpdate: ObjectStore = {
      ...store,
      putIfAbsent: (key, bytes) =>
        key.startsWith('quarantine/') ? Promise.reject(new Crash('planted')) : store.putIfAbsent(key, bytes),
    };
    await expect(replay(noUpdate, lax)).rejects.toThrow(Crash);
    await discardQuarantine({}, createEnvironment(store, [lax]));
    expect(await readRows(store, 'quarantine', ['resolution'])).toEqual([['discarded'], ['replayed']]);
    expect(await verifyRuns([run], store, [lax])).toMatchObject({ lost: 0, doubled: 0, rows: 1 });
  });
});

describe('a replay that dies', () => {
  const run = runOf(1, [reading(1, 50, 'x'), alarm(3, 500), reading(60), alarm(4), reading(2)]);
  const now = pumps({ max: 100, alarms: true });

  async function quarantined(): Promise<ObjectStore> {
    const store = createMemoryStore();
    await ingest(store, strict, run);
    return store;
  }

  it.each(['before', 'after'] as const)('%s any call of its store is completed by the next', async (when) => {
    const { store: unharmed, calls } = mortalStore(await quarantined(), Infinity, when);
    await replay(unharmed, now);
    const total = calls();
    expect(total).toBeGreaterThan(20);
    for (let at = 0; at < total; at++) {
      const store = await quarantined();
      await expect(replay(mortalStore(store, at, when).store, now)).rejects.toThrow();
      // the batch may come again in between
      if (at % 2 === 0) await ingest(store, now, run);
      await replay(store, now);
      const verification = await verifyRuns([run], store, [now]);
      expect({ at, ...verification }).toMatchObject({ at, lost: 0, doubled: 0, rows: 6 });
      expect(await replay(store, now)).toMatchObject({ messages: 2, rows: 0, failing: 2 });
    }
  });

  it('beside another, or beside the batch that comes again, neither loses nor doubles', async () => {
    for (let round = 0; round < 20; round++) {
      const store = await quarantined();
      const more = runOf(6, [reading(5), reading('z'), alarm(5)]);
      const attempts = await Promise.allSettled([
        replay(store, now),
        round % 2 === 0 ? replay(store, now) : ingest(store, now, run).then(() => ingest(store, now, more)),
      ]);
      for (const attempt of attempts) {
        if (attempt.status === 'rejected') expect(attempt.reason).toMatchObject({ retriable: true });
      }
      await ingest(store, now, run);
      await ingest(store, now, more);
      await replay(store, now);
      const verification = await verifyRuns([run, more], store, [now]);
      expect({ round, ...verification }).toMatchObject({ round, lost: 0, doubled: 0, rows: 8 });
    }
  });
});

async function keysOf(store: ObjectStore): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of store.list('')) keys.push(key);
  return keys;
}
