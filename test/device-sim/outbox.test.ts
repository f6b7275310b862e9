import { describe, expect, test } from 'vitest';
import type { DeviceMessage } from '../../device-sim/device.ts';
import type { FaultRates } from '../../device-sim/faults.ts';
import { digestPayload } from '../../device-sim/ledger.ts';
import { createOutbox } from '../../device-sim/outbox.ts';
import { createRandom } from '../../device-sim/random.ts';
import { createTally } from '../../device-sim/tally.ts';
import { defineFleet, double, long, message, table, text, topicLevel } from '../../src/fleet/index.ts';
import { drawSeed } from '../support/seed.ts';

const { readings, framed } = defineFleet({
  name: 'pumps',
  tables: {
    readings: table({
      topic: 'pumps/{pump}/reading',
      device: topicLevel('pump'),
      columns: { n: long(), bar: double({ optional: true }) },
      retained: true,
    }),
    framed: table({
      topic: 'pumps/{pump}/frame',
      device: topicLevel('pump'),
      columns: { site: text({ from: message('site') }), n: long() },
      retained: true,
    }),
  },
}).tables as Record<'readings' | 'framed', Parameters<ReturnType<typeof createOutbox>['send']>[1]>;

function rig(faults: FaultRates, batch = 1, seed = 1) {
  const sent: (DeviceMessage & { readonly device: string })[] = [];
  const injected: { readonly kind: string; readonly topic: string; readonly digest: Uint8Array }[] = [];
  const tally = createTally();
  const outbox = createOutbox(
    { faults, batch, prefixOf: ({ name }) => (name === 'framed' ? '$aws/rules/frames/' : '') },
    {
      publisher: { send: (device: string, each: DeviceMessage) => sent.push({ device, ...each }) } as never,
      ledger: {
        inject: (kind: string, topic: string, digest: Uint8Array) => injected.push({ kind, topic, digest }),
      } as never,
      tally,
      clock: () => 0,
      randomOf: (device) => createRandom(seed, device),
    },
  );
  const send = (device: string, n: number) =>
    outbox.send(device, readings, {
      topic: `pumps/${device}/reading`,
      payload: Buffer.from(JSON.stringify({ n })),
    });
  return { outbox, sent, injected, tally, send };
}

const numberOf = ({ payload }: DeviceMessage) =>
  (JSON.parse(Buffer.from(payload).toString()) as { n: number }).n;

describe('what befalls messages', () => {
  test('without faults everything passes as it is, at once', () => {
    const { send, sent, injected } = rig({});
    for (let n = 0; n < 10; n++) send('a', n);
    expect(sent.map(numberOf)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(injected).toEqual([]);
  });

  test('disorder changes the order within bounds and loses nothing', () => {
    const { send, sent, injected, outbox, tally } = rig({ disorder: 0.2 }, 1, drawSeed('disorder'));
    for (let n = 0; n < 2000; n++) send('a', n);
    outbox.flush();
    const numbers = sent.map(numberOf);
    expect(numbers.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 2000 }, (_, n) => n));
    expect(numbers).not.toEqual(numbers.toSorted((a, b) => a - b));
    // as many as overtake it, and those among them that were themselves held back
    expect(Math.max(...numbers.map((n, place) => place - n))).toBeLessThan(40);
    expect(tally.faults.disorder).toBe(injected.length);
    expect(tally.faults.disorder).toBeGreaterThan(300);
  });

  test('doubled messages are the same bytes again, at once or later', () => {
    const { send, sent, outbox, tally } = rig({ doubled: 0.3 }, 1, drawSeed('doubled'));
    for (let n = 0; n < 1000; n++) send('a', n);
    outbox.flush();
    expect(sent).toHaveLength(1000 + tally.faults.doubled);
    expect(new Set(sent.map(numberOf)).size).toBe(1000);
    const gaps = sent.map(
      (each, i) => sent.findIndex((other, j) => j > i && numberOf(other) === numberOf(each)) - i,
    );
    expect(gaps.some((gap) => gap === 1)).toBe(true);
    expect(gaps.some((gap) => gap > 2)).toBe(true);
  });

  test('every fault is in the ledger with the message that it befell, each copy for itself', () => {
    const rates = { doubled: 0.2, disorder: 0.2, poison: 0.2, disconnects: 0.2 };
    const { send, sent, injected, outbox, tally } = rig(rates, 1, drawSeed('all faults'));
    for (let n = 0; n < 500; n++) send(n % 2 === 0 ? 'a' : 'b', n);
    outbox.flush();
    const count = (kind: string) => injected.filter((each) => each.kind === kind).length;
    expect(tally.faults).toMatchObject({
      doubled: count('doubled'),
      disorder: count('disorder'),
      poison: count('poison'),
      disconnects: count('disconnects'),
      late: 0,
      skew: 0,
    });
    expect(sent.filter(({ breakOff }) => breakOff !== undefined)).toHaveLength(count('disconnects'));
    const digests = new Set(sent.map(({ payload }) => Buffer.from(digestPayload(payload)).toString('hex')));
    expect(injected.every(({ digest }) => digests.has(Buffer.from(digest).toString('hex')))).toBe(true);
  });

  test('the same seed befalls the same messages', () => {
    const run = () => {
      const { send, sent, outbox } = rig({ doubled: 0.1, disorder: 0.1, poison: 0.1 }, 1, 5);
      for (let n = 0; n < 200; n++) send('a', n);
      outbox.flush();
      return sent.map(({ payload }) => Buffer.from(payload).toString('hex'));
    };
    expect(run()).toEqual(run());
  });
});

describe('what the broker is to keep', () => {
  test('is what a table retains, a copy of it too, whatever the order', () => {
    const { send, sent, outbox } = rig({ doubled: 0.5, disorder: 0.2 }, 1, 3);
    for (let n = 0; n < 50; n++) send('a', n);
    outbox.flush();
    expect(sent.length).toBeGreaterThan(50);
    expect(sent.every(({ retain }) => retain === true)).toBe(true);
  });

  test('is nothing that comes late, and nothing by Basic Ingest', () => {
    const { outbox, sent } = rig({});
    const payload = Buffer.from('{"n":1}');
    outbox.send('a', readings, { topic: 'pumps/a/reading', payload });
    outbox.send('a', readings, { topic: 'pumps/a/reading', payload }, ['late']);
    outbox.send('a', framed, { topic: 'pumps/a/frame', payload });
    expect(sent.map(({ retain }) => retain)).toEqual([true, false, false]);
  });

  test('is a message of several readings, unless one of them is late', () => {
    const { outbox, sent } = rig({}, 2);
    const message = { topic: 'pumps/a/reading', payload: Buffer.from('{"n":1}') };
    for (const befallen of [[], [], [], ['late']] as const) outbox.send('a', readings, message, befallen);
    expect(sent.map(({ retain }) => retain)).toEqual([true, false]);
  });
});

describe('several readings in one message', () => {
  test('wait for each other by topic, and the rest is sent at the end', () => {
    const { send, sent, outbox } = rig({}, 3);
    for (let n = 0; n < 5; n++) for (const device of ['a', 'b']) send(device, n);
    const texts = () => sent.map(({ device, payload }) => `${device} ${Buffer.from(payload).toString()}`);
    expect(texts()).toEqual(['a [{"n":0},{"n":1},{"n":2}]', 'b [{"n":0},{"n":1},{"n":2}]']);
    outbox.flush();
    expect(texts().slice(2)).toEqual(['a [{"n":3},{"n":4}]', 'b [{"n":3},{"n":4}]']);
    outbox.flush();
    expect(sent).toHaveLength(4);
  });

  test('are not made of messages that frame theirs', () => {
    const { outbox, sent } = rig({}, 3);
    outbox.send('a', framed, { topic: 'pumps/a/frame', payload: Buffer.from('{"site":"x","n":1}') });
    expect(sent.map(({ topic }) => topic)).toEqual(['$aws/rules/frames/pumps/a/frame']);
  });

  test('one bad reading is the fault of the whole message', () => {
    const { outbox, sent, injected } = rig({ disorder: 0 }, 2);
    const at = { topic: 'pumps/a/reading', payload: Buffer.from('[{"n":1}]') };
    outbox.send('a', readings, at, ['late']);
    outbox.send('a', readings, at);
    expect(sent.map(({ payload }) => Buffer.from(payload).toString())).toEqual(['[{"n":1},{"n":1}]']);
    expect(injected.map(({ kind }) => kind)).toEqual(['late']);
  });

  test('stay within what a broker takes', () => {
    const { outbox, sent } = rig({}, 100);
    const payload = Buffer.from(JSON.stringify({ n: 1, note: 'x'.repeat(50_000) }));
    for (let i = 0; i < 5; i++) outbox.send('a', readings, { topic: 'pumps/a/reading', payload });
    outbox.flush();
    expect(sent.map((each) => each.payload.length <= 128 * 1024)).toEqual([true, true, true]);
  });
});
