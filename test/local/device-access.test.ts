import mqtt, { type MqttClient } from 'mqtt';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openTransport } from '../../device-sim/drivers.ts';
import { type BrokerEvent, startBroker } from '../../local/broker.ts';
import { openAuthority } from '../../local/certificates/authority.ts';
import { openDeviceAccess } from '../../local/certificates/open-device-access.ts';
import { openSimulatedCredentials } from '../../local/certificates/simulated-credentials.ts';
import { openThingRegistry } from '../../local/certificates/thing-registry.ts';
import { defineFleet, iotRules, table, text, thingAttribute, topicLevel } from '../../src/fleet/index.ts';
import { temporaryFolder } from './temporary-folder.ts';

const columns = { value: text() };
const fleets = [
  defineFleet({
    name: 'weather',
    tables: {
      observations: table({ topic: 'weather/{station}/observation', device: topicLevel('station'), columns }),
    },
  }),
  defineFleet({
    name: 'plant',
    tables: {
      states: table({
        topic: 'plant/{line}/state',
        device: { line: thingAttribute('line') },
        columns,
        retained: true,
      }),
    },
  }),
];

/** A broker that asks for certificates, and devices of its authority. */
async function start() {
  const folder = temporaryFolder();
  const rules = iotRules(fleets);
  const access = await openDeviceAccess(folder, fleets, rules);
  const appended: string[] = [];
  const events: BrokerEvent[] = [];
  const broker = await startBroker({
    port: 0,
    access,
    matches: () => true,
    append(records) {
      appended.push(...records.map(({ key }) => key));
      return Promise.resolve();
    },
    report: (event) => events.push(event),
  });
  const source = await openSimulatedCredentials(folder);
  onTestFinished(async () => {
    await broker.close();
    access.close();
    source.close();
  });
  return { folder, broker, appended, events, source };
}

type Started = Awaited<ReturnType<typeof start>>;

const identity = (id: string, attributes: Readonly<Record<string, string>> = {}) => ({ id, attributes });

function connect({ broker, source }: Started, id: string, attributes: Readonly<Record<string, string>> = {}) {
  return openTransport('mqttjs', { endpoint: broker.endpoint, credentialsOf: source.credentialsOf }).then(
    (transport) => transport.connect(identity(id, attributes)),
  );
}

/** Connects by MQTT.js itself, to say what no device of ours would. */
async function connectAs({ broker }: Started, options: mqtt.IClientOptions): Promise<MqttClient> {
  const client = mqtt.connect(broker.endpoint, { reconnectPeriod: 0, ...options });
  onTestFinished(() => void client.end(true));
  let fault = new Error('closed without a word');
  client.on('error', (error) => (fault = error));
  await new Promise<void>((resolve, reject) => {
    client.once('connect', () => resolve());
    client.once('close', () => reject(fault));
  });
  return client;
}

describe('a broker with mutual TLS', () => {
  it.each(['mqttjs', 'aws'] as const)('takes a device’s own messages (%s)', async (driver) => {
    const started = await start();
    const { broker, source, appended } = started;
    expect(broker.endpoint).toMatch(/^mqtts:\/\//);
    const transport = await openTransport(driver, {
      endpoint: broker.endpoint,
      credentialsOf: source.credentialsOf,
    });
    const connection = await transport.connect(identity('s1'));
    await connection.publish({ topic: 'weather/s1/observation', payload: Buffer.from('{}') });
    await connection.publish({
      topic: '$aws/rules/weather_any_observation/weather/s1/observation',
      payload: Buffer.from('{}'),
    });
    await connection.close();
    expect(appended).toEqual([
      'weather/s1/observation',
      '$aws/rules/weather_any_observation/weather/s1/observation',
    ]);
  });

  it('takes what a thing’s attributes say', async () => {
    const started = await start();
    const connection = await connect(started, 'm7', { line: 'A' });
    await connection.publish({ topic: 'plant/A/state', payload: Buffer.from('{}') });
    await expect(connection.publish({ topic: 'plant/B/state', payload: Buffer.from('{}') })).rejects.toThrow(
      /lost|failed/,
    );
    expect(started.appended).toEqual(['plant/A/state']);
  });

  it('keeps what a fleet retains, and ends the connection of a device whose fleet does not', async () => {
    const started = await start();
    const payload = Buffer.from('{}');
    const line = await connect(started, 'm7', { line: 'A' });
    await line.publish({ topic: 'plant/A/state', payload, retain: true });
    const station = await connect(started, 's1');
    await expect(station.publish({ topic: 'weather/s1/observation', payload, retain: true })).rejects.toThrow(
      /lost|failed/,
    );
    expect(started.appended).toEqual(['plant/A/state']);
    expect(started.events).toContainEqual({
      kind: 'publish-refused',
      client: 's1',
      topic: 'weather/s1/observation',
      why: 's1 may not publish to weather/s1/observation with RETAIN: no fleet’s policy allows it',
    });
  });

  it('ends the connection of a device that speaks for another one, and says who it was', async () => {
    const started = await start();
    const connection = await connect(started, 's1');
    await expect(
      connection.publish({ topic: 'weather/s2/observation', payload: Buffer.from('{}') }),
    ).rejects.toThrow(/lost|failed/);
    expect(started.appended).toEqual([]);
    expect(started.events).toContainEqual({
      kind: 'publish-refused',
      client: 's1',
      topic: 'weather/s2/observation',
      why: 's1 may not publish to weather/s2/observation: no fleet’s policy allows it',
    });
    expect(started.broker.status().refused).toBe(1);
  });

  it('does not hand out messages: policies let devices publish only', async () => {
    const started = await start();
    const { key, certificate, authority } = await started.source.credentialsOf(identity('s1'));
    const client = await connectAs(started, { clientId: 's1', key, cert: certificate, ca: authority! });
    await expect(client.subscribeAsync('weather/#')).rejects.toThrow(/Unspecified error|128/);
  });

  it('takes a will for its device’s own topics only', async () => {
    const started = await start();
    for (const [id, topic] of [
      ['s1', 'weather/s1/observation'],
      ['s2', 'weather/s1/observation'],
    ] as const) {
      const { key, certificate, authority } = await started.source.credentialsOf(identity(id));
      const will = { topic, payload: Buffer.from('gone'), qos: 1 as const, retain: false };
      const client = await connectAs(started, { clientId: id, key, cert: certificate, ca: authority!, will });
      client.stream.destroy();
      await expect.poll(() => started.broker.status().connected).toBe(0);
    }
    await expect.poll(() => started.broker.status().refused).toBe(1);
    expect(started.appended).toEqual(['weather/s1/observation']);
  });

  describe('refuses', () => {
    it('another client id than the thing’s name', async () => {
      const started = await start();
      const { key, certificate, authority } = await started.source.credentialsOf(identity('s1'));
      await expect(
        connectAs(started, { clientId: 's2', key, cert: certificate, ca: authority! }),
      ).rejects.toThrow(/Not authorized/);
      expect(started.events).toContainEqual(
        expect.objectContaining({
          kind: 'connection-failed',
          why: expect.stringContaining('that of s1') as string,
        }),
      );
    });

    it('a certificate that was taken back', async () => {
      const started = await start();
      await (await connect(started, 's1')).close();
      const registry = openThingRegistry(started.folder);
      registry.revoke('s1');
      registry.close();
      await expect(connect(started, 's1')).rejects.toThrow(/Not authorized/);
    });

    it('a certificate of another authority', async () => {
      const started = await start();
      const foreign = await openSimulatedCredentials(temporaryFolder());
      onTestFinished(() => foreign.close());
      const { key, certificate } = await foreign.credentialsOf(identity('s1'));
      const { certificatePem: ca } = await openAuthority(started.folder);
      await expect(connectAs(started, { clientId: 's1', key, cert: certificate, ca })).rejects.toThrow();
      await expect
        .poll(() => started.events)
        .toContainEqual(expect.objectContaining({ kind: 'connection-failed' }));
    });

    it('whoever shows none, or speaks no TLS', async () => {
      const started = await start();
      const { certificatePem: ca } = await openAuthority(started.folder);
      await expect(connectAs(started, { clientId: 's1', ca })).rejects.toThrow();
      const plain = started.broker.endpoint.replace('mqtts:', 'mqtt:');
      const client = mqtt.connect(plain, { reconnectPeriod: 0, clientId: 's1' });
      client.on('error', () => undefined);
      onTestFinished(() => void client.end(true));
      await new Promise<void>((resolve) => client.once('close', () => resolve()));
      expect(started.broker.status().connected).toBe(0);
    });
  });
});
