import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Ledger, openLedger } from '../../device-sim/ledger.ts';
import { runSimulation, type SimulationRequest } from '../../device-sim/run.ts';
import { factory } from '../../fleets/index.ts';
import { UsageError } from '../../src/errors.ts';
import {
  defineFleet,
  double,
  table,
  text,
  thingAttribute,
  timestamp,
  topicLevel,
} from '../../src/fleet/index.ts';
import type { Fleet, SimulatedDevice } from '../../src/fleet/model.ts';
import { LAST_TOPIC, retainedBy, startPlainBroker } from './support/broker.ts';

type Broker = Awaited<ReturnType<typeof startPlainBroker>>;
let folder: string;
let ledger: Ledger;
let broker: Broker;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'run-'));
  ledger = openLedger(join(folder, 'ledger.db'));
  broker = await startPlainBroker();
});
afterEach(async () => {
  await broker.close();
  ledger.close();
  rmSync(folder, { recursive: true });
});

function pumps(device?: (index: number, random: () => number) => SimulatedDevice): Fleet {
  return defineFleet({
    name: 'pumps',
    tables: {
      readings: table({
        topic: 'pumps/{pump}/reading',
        device: topicLevel('pump'),
        columns: {
          pump: text({ from: topicLevel('pump') }),
          at: timestamp({ format: 'epoch-ms' }),
          bar: double({ optional: true }),
        },
        eventTime: 'at',
      }),
    },
    ...(device === undefined ? {} : { simulation: { devices: 4, interval: '100 milliseconds', device } }),
  });
}

const pump = (index: number, random: () => number): SimulatedDevice => ({
  id: `pump-${index}`,
  next: (at) => [{ table: 'readings', levels: { pump: `pump-${index}` }, payload: { at, bar: random() } }],
});

function run(request: Partial<SimulationRequest>) {
  return runSimulation({
    fleets: [pumps(pump)],
    endpoint: broker.endpoint,
    seed: 7,
    ledger,
    clock: Date.now,
    ...request,
  });
}

const byTopic = (topic: string) =>
  broker.received.filter((message) => message.topic === topic).map(({ payload }) => JSON.parse(payload));

test('who subscribes to a production line learns its present state, and every message was published once', async () => {
  const summary = await run({ fleets: [factory], forMs: 1500 });
  const retained = await retainedBy(broker);
  const line = 'north/pressing/line-01';
  for (const topic of ['Status/StateCurrent', 'Status/UnitMode', 'Admin/ProdProcessedCount/0/AccCount'])
    expect(JSON.parse(retained[`${line}/${topic}`]!)).toEqual(byTopic(`${line}/${topic}`).at(-1));
  const topics = new Set(broker.received.map(({ topic }) => topic).filter((topic) => topic !== LAST_TOPIC));
  const kept = Array.from(topics).filter((topic) => /\/(?:Status|Admin)\//.test(topic));
  expect(Object.keys(retained).toSorted()).toEqual(kept.toSorted());
  expect(topics.size).toBeGreaterThan(kept.length);
  expect(broker.received.length - 1).toBe(summary.acknowledged);
});

describe('simulated signals', () => {
  test('each device publishes over its own connection until the time is up, and everything is acknowledged', async () => {
    const heard: number[] = [];
    const summary = await run({
      devices: 6,
      interval: 20,
      forMs: 1200,
      onProgress: (tally) => heard.push(tally.acknowledged),
    });
    expect(summary).toMatchObject({ devices: 6, connections: 6, publishErrors: 0, replay: undefined });
    expect(summary.acknowledged).toBeGreaterThan(6);
    expect(broker.received).toHaveLength(summary.acknowledged);
    expect(ledger.totals()).toEqual({ attempts: summary.attempts, acknowledged: summary.acknowledged });
    expect(new Set(broker.received.map(({ topic }) => topic)).size).toBe(6);
    expect(heard.length).toBeGreaterThan(0);
    while (broker.clients() > 0) await sleep(10);
  });

  test('a seed repeats what each device measures', async () => {
    const measured = async (seed: number) => {
      broker.received.length = 0;
      const controller = new AbortController();
      const running = run({ seed, devices: 2, interval: 30, signal: controller.signal });
      while (byTopic('pumps/pump-1/reading').length < 3) await sleep(5);
      controller.abort();
      await running;
      return byTopic('pumps/pump-1/reading').map((payload: { bar: number }) => payload.bar);
    };
    const [first, again, other] = [await measured(1), await measured(1), await measured(2)];
    const common = Math.min(first.length, again.length);
    expect(again.slice(0, common)).toEqual(first.slice(0, common));
    expect(other[0]).not.toBe(first[0]);
  });

  test('the rate counts messages, however many a device sends at a time', async () => {
    const chatty = (index: number): SimulatedDevice => ({
      id: `pump-${index}`,
      next: (at) =>
        Array.from({ length: 5 }, (_, n) => ({
          table: 'readings',
          levels: { pump: `pump-${index}` },
          payload: { at, n },
        })),
    });
    const summary = await run({ fleets: [pumps(chatty)], devices: 20, rate: 100, forMs: 1000 });
    // at most: one message's interval for each device until its first, five intervals from then on
    expect(summary.messages).toBeLessThanOrEqual(20 * 5 * 2);
    expect(summary.messages % 5).toBe(0);
  });

  test('bytes are sent as they are', async () => {
    const raw = (): SimulatedDevice => ({
      id: 'pump-0',
      next: () => [{ table: 'readings', levels: { pump: 'pump-0' }, payload: Buffer.from('not json') }],
    });
    await run({ fleets: [pumps(raw)], devices: 1, interval: 20, forMs: 200 });
    expect(broker.received[0]).toEqual({ topic: 'pumps/pump-0/reading', payload: 'not json' });
  });

  test('an abort stops the run, with what was under way acknowledged', async () => {
    const controller = new AbortController();
    const running = run({ devices: 10, interval: 10, signal: controller.signal });
    while (broker.received.length < 50) await sleep(5);
    controller.abort();
    const summary = await running;
    expect(summary.acknowledged).toBe(summary.messages);
    expect(broker.received).toHaveLength(summary.messages);
  });

  test('a fleet without a simulation, and one that sends where it has no table, are refused', async () => {
    await expect(run({ fleets: [pumps()], forMs: 100 })).rejects.toThrow(
      /fleet pumps says nothing of how its devices behave/,
    );
    const lost = (): SimulatedDevice => ({
      id: 'x',
      next: () => [{ table: 'alarms', levels: {}, payload: {} }],
    });
    const refused = run({ fleets: [pumps(lost)], devices: 1, interval: 10, forMs: 5000 });
    await expect(refused).rejects.toThrow(/sends to a table "alarms"/);
    await expect(refused).rejects.toBeInstanceOf(UsageError);
  });

  test('a broker that is not there ends the run with its address', async () => {
    const gone = await startPlainBroker();
    await gone.close();
    await expect(run({ endpoint: gone.endpoint })).rejects.toThrow(
      /ECONNREFUSED.*is a broker listening there/,
    );
  });
});

describe('a replayed file', () => {
  const write = (name: string, content: string) => {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  };
  const lines = (count: number) =>
    Array.from({ length: count }, (_, i) => `p${i % 3},${1_700_000_000_000 + i},${i % 10 === 0 ? 'NA' : i}`);

  test('every row is its device’s message, in the order of the file for each device', async () => {
    const file = write('rows.csv', ['pump,at,bar', ...lines(3000)].join('\r\n'));
    const summary = await run({ fleets: [pumps()], replay: file, nullText: ['NA'] });
    expect(summary).toMatchObject({
      devices: 3,
      messages: 3000,
      acknowledged: 3000,
      replay: { rows: 3000, rejected: 0, problems: [] },
    });
    for (const device of [0, 1, 2]) {
      const times = byTopic(`pumps/p${device}/reading`).map((payload: { at: unknown }) => Number(payload.at));
      expect(times).toEqual(Array.from({ length: 1000 }, (_, i) => 1_700_000_000_000 + i * 3 + device));
    }
    expect(byTopic('pumps/p0/reading')[0]).toMatchObject({ bar: null });
    expect(broker.received.some(({ payload }) => payload.includes('NA'))).toBe(false);
  });

  test('rows that cannot be messages are counted and named by line, the others are published', async () => {
    const file = write('some.csv', ['pump,at,bar', 'p1,1,1', ',2,2', 'p3,3', 'p4,4,4'].join('\n'));
    const summary = await run({ fleets: [pumps()], replay: file });
    expect(summary).toMatchObject({ acknowledged: 2, replay: { rows: 4, rejected: 2 } });
    expect(summary.replay!.problems).toEqual([
      expect.stringMatching(/some\.csv, line 3: /),
      expect.stringMatching(/some\.csv, line 4: 2 cells where the header names 3 columns/),
    ]);
  });

  test('a file that is another fleet’s is refused before anything is published', async () => {
    const file = write(
      'other.csv',
      ['station,temp', ...Array.from({ length: 500 }, (_, i) => `EWR,${i}`)].join('\n'),
    );
    const refused = run({ fleets: [pumps()], replay: file });
    await expect(refused).rejects.toThrow(
      /fleet pumps does not take .*other\.csv: none of 100 rows .* line 2: /,
    );
    await expect(refused).rejects.toBeInstanceOf(UsageError);
    expect(broker.received).toEqual([]);
    expect(ledger.totals().attempts).toBe(0);
  });

  test('a device that is told by its attributes has one connection for each of their combinations', async () => {
    const plant = defineFleet({
      name: 'plant',
      tables: {
        states: table({
          topic: 'plant/{line}/{machine}/state',
          device: { line: thingAttribute('line'), machine: thingAttribute('machine') },
          columns: {
            line: text({ from: topicLevel('line') }),
            machine: text({ from: topicLevel('machine') }),
            at: timestamp({ format: 'epoch-ms' }),
          },
          eventTime: 'at',
        }),
      },
    });
    const file = write(
      'states.ndjson',
      ['a', 'b']
        .flatMap((line) => ['1', '2'].map((machine) => JSON.stringify({ line, machine, at: 5 })))
        .join('\n'),
    );
    expect(await run({ fleets: [plant], replay: file })).toMatchObject({ devices: 4, acknowledged: 4 });
  });

  test('a rate is kept to, and an abort ends the file early', async () => {
    const file = write('long.csv', ['pump,at,bar', ...lines(5000)].join('\n'));
    const controller = new AbortController();
    const running = run({ fleets: [pumps()], replay: file, rate: 200, signal: controller.signal });
    while (broker.received.length < 20) await sleep(10);
    controller.abort();
    const summary = await running;
    expect(summary.messages).toBeLessThan(5000);
    expect(summary.acknowledged).toBe(summary.messages);
  });

  test('which table the rows are for has to be clear', async () => {
    const file = write('rows2.csv', 'pump,at,bar\np,1,1\n');
    const two = [pumps(), defineFleet({ ...twin })];
    await expect(run({ fleets: two, replay: file })).rejects.toThrow(
      /could be for any of pumps\.readings, twins\.readings/,
    );
    await expect(run({ fleets: [pumps()], replay: file, table: 'alarms' })).rejects.toThrow(
      /no table "alarms" .* pumps\.readings/,
    );
  });
});

const twin = {
  name: 'twins',
  tables: {
    readings: table({
      topic: 'twins/{pump}/reading',
      device: topicLevel('pump'),
      columns: { pump: text({ from: topicLevel('pump') }), at: timestamp({ format: 'epoch-ms' }) },
      eventTime: 'at',
    }),
  },
} as const;
