import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { digestPayload, type Ledger, openLedger } from '../../device-sim/ledger.ts';
import { createMqttTransport } from '../../device-sim/mqtt-transport.ts';
import { createPublisher } from '../../device-sim/publisher.ts';
import { createRandom } from '../../device-sim/random.ts';
import { createTally } from '../../device-sim/tally.ts';
import { type Received, spawnBroker, startPlainBroker } from './support/broker.ts';

let folder: string;
let ledger: Ledger;
const cleanups: (() => Promise<void>)[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'publisher-'));
  ledger = openLedger(join(folder, 'ledger.db'));
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  ledger.close();
  rmSync(folder, { recursive: true });
});

function publisherTo(endpoint: string) {
  const tally = createTally();
  const deps = {
    transport: createMqttTransport({ endpoint }),
    ledger,
    clock: Date.now,
    random: createRandom(1),
    tally,
  };
  const publisher = createPublisher(deps);
  cleanups.push(() => publisher.close());
  return { publisher, tally };
}

const message = (device: string, n: number) => ({
  topic: `t/${device}`,
  payload: Buffer.from(JSON.stringify({ n })),
});
const numbersOf = (received: readonly Received[], device: string) =>
  received
    .filter(({ topic }) => topic === `t/${device}`)
    .map(({ payload }) => (JSON.parse(payload) as { n: number }).n);

/** attempts, acknowledgements and records by topic and payload */
function compare(received: readonly Received[]) {
  const tallies = new Map<string, { attempts: number; acknowledged: number; records: number }>();
  const at = (topic: string, digest: Uint8Array) => {
    const key = `${topic} ${Buffer.from(digest).toString('hex')}`;
    const tally = tallies.get(key) ?? { attempts: 0, acknowledged: 0, records: 0 };
    tallies.set(key, tally);
    return tally;
  };
  for (const entry of ledger.entries()) {
    at(entry.topic, entry.digest).attempts++;
    if (entry.acknowledged) at(entry.topic, entry.digest).acknowledged++;
  }
  for (const { topic, payload } of received) at(topic, digestPayload(Buffer.from(payload))).records++;
  return [...tallies.values()];
}

test('each device has its own connection, and its messages arrive in order', async () => {
  const broker = await startPlainBroker();
  cleanups.push(() => broker.close());
  const { publisher, tally } = publisherTo(broker.endpoint);
  for (let n = 0; n < 500; n++)
    for (const device of ['a', 'b', 'c']) publisher.send(device, message(device, n));
  await publisher.waitFor(0);
  expect(broker.clients()).toBe(3);
  for (const device of ['a', 'b', 'c'])
    expect(numbersOf(broker.received, device)).toEqual(Array.from({ length: 500 }, (_, n) => n));
  expect(tally).toMatchObject({
    devices: 3,
    connections: 3,
    messages: 1500,
    attempts: 1500,
    acknowledged: 1500,
    publishErrors: 0,
  });
  expect(ledger.totals()).toEqual({ attempts: 1500, acknowledged: 1500 });
});

test('nothing is published that the ledger does not hold yet', async () => {
  const unknown: Received[] = [];
  const broker = await startPlainBroker((received) => {
    const { attempts } = ledger.totals();
    const digests = Array.from(ledger.entries(), (entry) => Buffer.from(entry.digest).toString('hex'));
    if (!digests.includes(Buffer.from(digestPayload(Buffer.from(received.payload))).toString('hex')))
      unknown.push(received);
    expect(attempts).toBeGreaterThan(0);
    return Promise.resolve();
  });
  cleanups.push(() => broker.close());
  const { publisher } = publisherTo(broker.endpoint);
  for (let n = 0; n < 50; n++) publisher.send('a', message('a', n));
  await publisher.waitFor(0);
  expect(broker.received).toHaveLength(50);
  expect(unknown).toEqual([]);
});

test('a broker that acknowledges late is waited for; only so many messages are under way on a connection', async () => {
  let waiting = 0;
  let most = 0;
  const broker = await startPlainBroker(async () => {
    most = Math.max(most, ++waiting);
    await sleep(100);
    waiting--;
  });
  cleanups.push(() => broker.close());
  const { publisher, tally } = publisherTo(broker.endpoint);
  for (let n = 0; n < 200; n++) publisher.send('a', message('a', n));
  expect(publisher.backlog('a')).toBe(200);
  await publisher.waitFor(0);
  expect(most).toBeLessThanOrEqual(64);
  expect(numbersOf(broker.received, 'a')).toHaveLength(200);
  expect(tally).toMatchObject({ attempts: 200, acknowledged: 200, publishErrors: 0 });
});

test('a broker that is killed and comes back loses nothing that it acknowledged; every transmission is an attempt', async () => {
  const received: Received[] = [];
  let broker = await spawnBroker(0, received);
  const { port, endpoint } = broker;
  cleanups.push(() => broker.kill());
  const { publisher, tally } = publisherTo(endpoint);
  const devices = Array.from({ length: 20 }, (_, i) => `d${i}`);
  let n = 0;
  for (let round = 0; round < 3; round++) {
    for (let i = 0; i < 150; i++, n++)
      for (const device of devices) publisher.send(device, message(device, n));
    await publisher.waitFor(1500);
    await broker.kill();
    await sleep(50);
    broker = await spawnBroker(port, received);
  }
  await publisher.waitFor(0);
  await sleep(50);

  expect(tally).toMatchObject({ messages: 9000, acknowledged: 9000, abandoned: 0 });
  expect(tally.connectionsLost).toBeGreaterThanOrEqual(20);
  const verdict = compare(received);
  expect(verdict).toHaveLength(9000);
  expect(
    verdict.filter(
      ({ attempts, acknowledged, records }) => !(acknowledged <= records && records <= attempts),
    ),
  ).toEqual([]);
  for (const device of devices) {
    // what arrives first of each message arrives in order, whatever comes twice
    expect([...new Set(numbersOf(received, device))]).toEqual(Array.from({ length: 450 }, (_, i) => i));
  }
});

test('a message that the broker answers by hanging up is given up, and those behind it are not', async () => {
  const broker = await startPlainBroker((received) =>
    received.payload.includes('poison') ? Promise.reject(new Error('no')) : Promise.resolve(),
  );
  cleanups.push(() => broker.close());
  const { publisher, tally } = publisherTo(broker.endpoint);
  publisher.send('a', message('a', 0));
  publisher.send('a', { topic: 't/a', payload: Buffer.from('poison') });
  for (let n = 1; n < 5; n++) publisher.send('a', message('a', n));
  await publisher.waitFor(0);
  expect([...new Set(numbersOf(broker.received, 'a'))]).toEqual([0, 1, 2, 3, 4]);
  expect(tally).toMatchObject({ messages: 6, acknowledged: 5, abandoned: 1 });
  expect(tally.publishErrors).toBeGreaterThanOrEqual(5);
});

test('connections that are broken off on purpose lose nothing, and no message is taken for the cause', async () => {
  const broker = await startPlainBroker();
  cleanups.push(() => broker.close());
  const { publisher, tally } = publisherTo(broker.endpoint);
  const breakOffs = ['mid-publish', 'unacknowledged'] as const;
  for (let n = 0; n < 40; n++) {
    publisher.send(
      'a',
      n % 4 === 0 ? { ...message('a', n), breakOff: breakOffs[(n / 4) % 2]! } : message('a', n),
    );
  }
  await publisher.waitFor(0);
  expect([...new Set(numbersOf(broker.received, 'a'))]).toEqual(Array.from({ length: 40 }, (_, n) => n));
  expect(tally).toMatchObject({ messages: 40, acknowledged: 40, abandoned: 0 });
  // several may share one connection's end
  expect(tally.connectionsLost).toBeGreaterThan(1);
  expect(
    compare(broker.received).every((one) => one.acknowledged <= one.records && one.records <= one.attempts),
  ).toBe(true);
});

test('half a packet is no message', async () => {
  const broker = await startPlainBroker();
  cleanups.push(() => broker.close());
  const connection = await createMqttTransport({ endpoint: broker.endpoint }).connect({
    id: 'a',
    attributes: {},
  });
  const lost = new Promise((resolve) => connection.onDisconnect(resolve));
  connection.breakOff({ topic: 't/a', payload: Buffer.from('{"n":1}'.repeat(200)) });
  await lost;
  await expect(connection.publish({ topic: 't/a', payload: Buffer.from('{"n":2}') })).rejects.toThrow(
    /it was broken off/,
  );
  while (broker.clients() > 0) await sleep(5);
  expect(broker.received).toEqual([]);
});

test('where no broker listens, whoever waits hears it', async () => {
  const broker = await startPlainBroker();
  await broker.close();
  const { publisher } = publisherTo(broker.endpoint);
  publisher.send('a', message('a', 0));
  await expect(publisher.waitFor(0)).rejects.toThrow(/ECONNREFUSED.*is a broker listening there\?/);
  await expect(publisher.failed).rejects.toThrow(/ECONNREFUSED/);
});

test('without its ledger nothing is sent', async () => {
  const broker = await startPlainBroker();
  cleanups.push(() => broker.close());
  const tally = createTally();
  const broken: Ledger = { ...ledger, attempt: () => Promise.reject(new Error('the disk is full')) };
  const deps = {
    transport: createMqttTransport({ endpoint: broker.endpoint }),
    ledger: broken,
    clock: Date.now,
    random: createRandom(1),
    tally,
  };
  const publisher = createPublisher(deps);
  cleanups.push(() => publisher.close());
  publisher.send('a', message('a', 0));
  await expect(publisher.waitFor(0)).rejects.toThrow(/the disk is full/);
  await sleep(50);
  expect(broker.received).toEqual([]);
});

test('closing ends every connection although messages wait', async () => {
  const broker = await startPlainBroker(() => new Promise(() => undefined));
  cleanups.push(() => broker.close());
  const { publisher } = publisherTo(broker.endpoint);
  for (const device of ['a', 'b']) publisher.send(device, message(device, 0));
  await publisher.waitFor(0, AbortSignal.timeout(300));
  expect(publisher.backlog('a')).toBe(1);
  await publisher.close();
  while (broker.clients() > 0) await sleep(10);
});
