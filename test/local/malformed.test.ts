import { fileURLToPath } from 'node:url';
import mqtt from 'mqtt';
import { expect, it, onTestFinished } from 'vitest';
import { columnOf } from '../../src/columns/select.ts';
import { scan } from '../../src/delta/scan.ts';
import { loadSnapshot } from '../../src/delta/snapshot.ts';
import { createFolderStore } from '../../src/stores/folder-store.ts';
import { prefixedStore } from '../../src/stores/object-store.ts';
import { dataDirPaths } from '../../local/data-dir.ts';
import { loadFleets } from '../../local/load-fleets.ts';
import { startRuntime } from '../../local/runtime.ts';
import { verifyDataDir } from '../../bin/verify-data-dir.ts';
import { malformedMessages, type Subject } from '../support/malformed-corpus.ts';
import { drawSeed, seededRandom } from '../support/seed.ts';
import { temporaryFolder } from './temporary-folder.ts';

const MALFORMED = 10_000;
const CLIENTS = 8;
const FLEETS = fileURLToPath(new URL('./fixtures/stations.ts', import.meta.url));

const subject: Subject = {
  reading: (random) => ({
    place: `place ${Math.floor(random() * 100)}`,
    at: new Date(Date.UTC(2024, 0, 1) + Math.floor(random() * 1e10)).toISOString(),
    temperature_c: Math.round(random() * 500) / 10,
  }),
  text: 'place',
  number: { field: 'temperature_c', max: 60 },
  time: 'at',
};

/** What the quarantine holds, by topic. */
async function readQuarantine(lake: string) {
  const store = prefixedStore(createFolderStore(lake), 'quarantine/');
  const held = new Map<string, { readonly reason: string; readonly payload: Buffer }[]>();
  for await (const batch of scan(store, (await loadSnapshot(store))!, {
    columns: ['_topic', 'reason', 'payload'],
  })) {
    const topics = columnOf(batch, '_topic').values as readonly string[];
    const reasons = columnOf(batch, 'reason').values as readonly string[];
    const payloads = columnOf(batch, 'payload').values as readonly Uint8Array[];
    topics.forEach((topic, row) => {
      const rows = held.get(topic) ?? [];
      rows.push({ reason: reasons[row]!, payload: Buffer.from(payloads[row]!) });
      held.set(topic, rows);
    });
  }
  return held;
}

it('10,000 malformed messages among good ones stop nothing, and each stands in the quarantine with its reason and bytes', async () => {
  const random = seededRandom(drawSeed('malformed messages'));
  const dataDir = temporaryFolder();
  const fleets = await loadFleets(FLEETS);
  const runtime = await startRuntime({ dataDir, fleets, fleetSources: [FLEETS], mqttPort: 0 });
  onTestFinished(() => runtime.stop());

  const expected = new Map<
    string,
    { readonly kind: string; readonly reason: string; readonly payload: Buffer }
  >();
  const messages: { readonly topic: string; readonly payload: Buffer }[] = [];
  let rows = 0;
  let n = 0;
  for (const bad of malformedMessages(subject, random, MALFORMED)) {
    // a topic of its own for each, so that it can be told from all others
    const topic = `stations/bad-${n++}/reading`;
    const payload = Buffer.from(bad.payload);
    expected.set(topic, { kind: bad.kind, reason: bad.reason, payload });
    messages.push({ topic, payload });
    rows += bad.rows;
    if (random() < 0.5) {
      messages.push({
        topic: `stations/good-${n % 50}/reading`,
        payload: Buffer.from(JSON.stringify(subject.reading(random))),
      });
      rows++;
    }
  }
  for (let i = 0; i < 100; i++) {
    // Basic Ingest reaches the rule with any topic behind it
    const topic = `$aws/rules/stations_any_reading/elsewhere/${i}`;
    expected.set(topic, {
      kind: 'a topic of no table',
      reason: 'unroutable-topic',
      payload: Buffer.from('{}'),
    });
    messages.push({ topic, payload: Buffer.from('{}') });
  }

  const clients = await Promise.all(
    Array.from({ length: CLIENTS }, () => mqtt.connectAsync(runtime.endpoint, { reconnectPeriod: 0 })),
  );
  onTestFinished(() => clients.forEach((client) => void client.end(true)));
  await Promise.all(
    clients.map(async (client, c) => {
      const own = messages.filter((_, i) => i % CLIENTS === c);
      for (let i = 0; i < own.length; i += 100) {
        await Promise.all(
          own.slice(i, i + 100).map(({ topic, payload }) => client.publishAsync(topic, payload, { qos: 1 })),
        );
      }
    }),
  );
  await runtime.settle();

  const held = await readQuarantine(dataDirPaths(dataDir).lake);
  expect(held.size).toBe(expected.size);
  for (const [topic, { kind, reason, payload }] of expected) {
    const [row, another] = held.get(topic) ?? [];
    expect({ kind, reason: row?.reason, again: another }).toEqual({ kind, reason, again: undefined });
    expect(row!.payload.equals(payload), `${kind}: the bytes of ${topic}`).toBe(true);
  }
  expect(await verifyDataDir(dataDir, fleets)).toMatchObject({
    records: messages.length,
    rows,
    quarantined: expected.size,
    pending: 0,
    lost: 0,
    doubled: 0,
  });
}, 120_000);
