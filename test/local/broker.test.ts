import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo, connect as connectSocket } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import mqtt, { type MqttClient } from 'mqtt';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type BrokerEvent, startBroker } from '../../local/broker.ts';
import { openSqliteStream } from '../../local/sqlite-stream.ts';
import { UsageError } from '../../src/errors.ts';
import { readAll } from '../contracts/stream.ts';
import { temporaryFolder } from './temporary-folder.ts';

type Appended = { readonly key: string; readonly payload: Uint8Array };

async function start(
  options: {
    readonly append?: (records: readonly Appended[]) => Promise<void>;
    readonly matches?: (topic: string) => boolean;
  } = {},
) {
  const appended: { topic: string; payload: string }[] = [];
  const events: BrokerEvent[] = [];
  const broker = await startBroker({
    port: 0,
    matches: options.matches ?? ((topic) => topic.startsWith('weather/')),
    append:
      options.append ??
      ((records) => {
        for (const { key, payload } of records)
          appended.push({ topic: key, payload: Buffer.from(payload).toString() });
        return Promise.resolve();
      }),
    report: (event) => events.push(event),
  });
  onTestFinished(() => broker.close());
  return { broker, appended, events };
}

async function connect(endpoint: string, options: mqtt.IClientOptions = {}): Promise<MqttClient> {
  const client = mqtt.connect(endpoint, { reconnectPeriod: 0, ...options });
  client.on('error', () => undefined); // tests look at what follows
  onTestFinished(() => void client.end(true));
  await next(client, 'connect');
  return client;
}

/** A QoS 2 PUBLISH packet, [MQTT-3.3]: MQTT.js itself would not send one twice on one connection. */
function qos2Publish(topic: string, payload: string, dup: boolean): Buffer {
  const length = 2 + topic.length + 2 + payload.length;
  const header = Buffer.from([dup ? 0x3c : 0x34, length, 0, topic.length]);
  return Buffer.concat([header, Buffer.from(topic), Buffer.from([0, 77]), Buffer.from(payload)]);
}

/** The arguments of the next such event. */
function next(
  client: MqttClient,
  event: 'connect' | 'message' | 'error' | 'close',
): Promise<readonly unknown[]> {
  return new Promise((resolve) => client.once(event, (...args: readonly unknown[]) => resolve(args)));
}

/** Resolves with the acknowledgement, rejects where the connection ends first. */
function publish(
  client: MqttClient,
  topic: string,
  payload: string | Buffer,
  qos: 0 | 1 | 2 = 1,
): Promise<void> {
  return new Promise((resolve, reject) => {
    client.once('close', () => reject(new Error('connection closed')));
    client.publish(topic, payload, { qos }, (error) => (error ? reject(error) : resolve()));
  });
}

describe('the broker', () => {
  it.each([0, 1, 2] as const)(
    'streams what a rule takes, key and payload as published (QoS %s)',
    async (qos) => {
      const { broker, appended } = await start();
      const client = await connect(broker.endpoint, { clientId: 's1' });
      await publish(client, 'weather/s1/observation', '{"a":1}', qos);
      await publish(client, 'weather/s1/observation', '', qos);
      await publish(client, 'other/s1', 'x', qos);
      await expect.poll(() => broker.status().published).toBe(3);
      expect(appended).toEqual([
        { topic: 'weather/s1/observation', payload: '{"a":1}' },
        { topic: 'weather/s1/observation', payload: '' },
      ]);
      expect(broker.status()).toEqual({ connected: 1, published: 3, streamed: 2, refused: 0 });
    },
  );

  it('hands messages on to subscribers, like any broker', async () => {
    const { broker } = await start();
    const subscriber = await connect(broker.endpoint);
    await subscriber.subscribeAsync('weather/+/observation', { qos: 1 });
    const received = next(subscriber, 'message');
    await publish(await connect(broker.endpoint), 'weather/s1/observation', 'hello');
    expect(String((await received)[1])).toBe('hello');
  });

  it('acknowledges only once the append has ended', async () => {
    const { promise: durable, resolve: makeDurable } = Promise.withResolvers<void>();
    const { broker } = await start({ append: () => durable });
    const client = await connect(broker.endpoint);
    const acknowledgements: string[] = [];
    client.on('packetreceive', ({ cmd }) => acknowledgements.push(cmd));
    const published = publish(client, 'weather/s1/observation', 'x');
    // a round trip on the same connection: an acknowledgement that was sent before would be here
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(acknowledgements).not.toContain('puback');
    expect(broker.status().published).toBe(0);
    makeDurable();
    await published;
    expect(acknowledgements).toContain('puback');
  });

  it('does not acknowledge what could not be appended, and serves the others', async () => {
    let failing = true;
    const { broker, events } = await start({
      append: () => (failing ? Promise.reject(new Error('disk full')) : Promise.resolve()),
    });
    const client = await connect(broker.endpoint, { clientId: 's1' });
    const other = await connect(broker.endpoint);
    await expect(publish(client, 'weather/s1/observation', 'x')).rejects.toThrow('connection closed');
    expect(events).toContainEqual({
      kind: 'publish-refused',
      client: 's1',
      topic: 'weather/s1/observation',
      why: 'Error: disk full',
    });
    failing = false;
    await publish(other, 'weather/s2/observation', 'x');
    expect(broker.status()).toMatchObject({ published: 1, refused: 1 });
  });

  it('holds IoT Core’s limits', async () => {
    const { broker, appended, events } = await start({ matches: () => true });
    const largest = Buffer.alloc(128 * 1024, 'x');
    const longest = `weather/${'t'.repeat(248)}`;
    const client = await connect(broker.endpoint);
    await publish(client, longest, largest);
    await publish(client, `$aws/rules/a_rule/${longest}`, 'x');
    expect(appended.map(({ payload }) => payload.length)).toEqual([128 * 1024, 1]);
    await expect(
      publish(client, 'weather/s1/observation', Buffer.concat([largest, largest])),
    ).rejects.toThrow();
    await expect(publish(await connect(broker.endpoint), `${longest}t`, 'x')).rejects.toThrow();
    await expect(publish(await connect(broker.endpoint), '$SYS/x', 'x')).rejects.toThrow();
    expect(events.flatMap((event) => (event.kind === 'publish-refused' ? [event.why] : []))).toEqual([
      'a payload of 262144 bytes is more than IoT Core’s 131072',
      'a topic of 257 bytes is more than IoT Core’s 256',
      'topics under $SYS/ are the broker’s own',
    ]);
    expect(appended).toHaveLength(2);
  });

  it('streams the will of a device that vanishes', async () => {
    const { broker, appended } = await start();
    const client = await connect(broker.endpoint, {
      will: { topic: 'weather/s1/observation', payload: Buffer.from('gone'), qos: 1, retain: false },
    });
    client.stream.destroy();
    await expect.poll(() => appended).toEqual([{ topic: 'weather/s1/observation', payload: 'gone' }]);
    expect(broker.status().connected).toBe(0);
  });

  it('keeps retained messages, and streams them once', async () => {
    const { broker, appended } = await start();
    const client = await connect(broker.endpoint);
    await client.publishAsync('weather/s1/observation', 'kept', { qos: 1, retain: true });
    const late = await connect(broker.endpoint);
    const received = next(late, 'message');
    await late.subscribeAsync('weather/#');
    expect(String((await received)[1])).toBe('kept');
    expect(appended).toHaveLength(1);
  });

  it('takes a QoS 2 message that is sent again before its release for the same', async () => {
    const { broker, appended } = await start();
    const client = await connect(broker.endpoint, { clientId: 'exactly', clean: false });
    const answers: string[] = [];
    client.on('packetreceive', ({ cmd }) => answers.push(cmd));
    client.stream.write(qos2Publish('weather/s1/observation', 'x', false));
    await expect.poll(() => answers).toEqual(['pubrec']);
    client.stream.write(qos2Publish('weather/s1/observation', 'x', true));
    await expect.poll(() => answers.filter((cmd) => cmd === 'pubrec')).toHaveLength(2);
    expect(appended).toHaveLength(1);
  });

  it('refuses MQTT 5', async () => {
    const { broker } = await start();
    const client = mqtt.connect(broker.endpoint, { protocolVersion: 5, reconnectPeriod: 0 });
    onTestFinished(() => void client.end(true));
    const [error] = (await next(client, 'error')) as [Error];
    expect(error.message).toMatch(/protocol version/i);
  });

  it('survives what is no MQTT', async () => {
    const { broker } = await start();
    const { port } = broker;
    const socket = connectSocket(port, '127.0.0.1');
    socket.write('GET / HTTP/1.1\r\n\r\n');
    await once(socket, 'close');
    await publish(await connect(broker.endpoint), 'weather/s1/observation', 'x');
  });
});

describe('the port', () => {
  it('that is taken is named', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void other.close());
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const started = startBroker({
      port,
      matches: () => true,
      append: () => Promise.resolve(),
      report: () => undefined,
    });
    await expect(started).rejects.toThrow(
      new UsageError(`port ${port} is in use: pass --mqtt-port 0 or another`),
    );
  });

  it('is on 127.0.0.1 only', async () => {
    const { broker } = await start();
    expect(broker.endpoint).toBe(`mqtt://127.0.0.1:${broker.port}`);
    const socket = connectSocket(broker.port, '127.0.0.2');
    await expect(once(socket, 'connect')).rejects.toThrow('ECONNREFUSED');
  });
});

describe('closing', () => {
  it('waits for the append under way, acknowledges it, and takes nothing more', async () => {
    const { promise: durable, resolve: makeDurable } = Promise.withResolvers<void>();
    const seen: string[] = [];
    const { broker } = await start({
      append(records) {
        seen.push(...records.map(({ payload }) => Buffer.from(payload).toString()));
        return durable;
      },
    });
    const client = await connect(broker.endpoint, {
      will: { topic: 'weather/s1/observation', payload: Buffer.from('a will'), qos: 1, retain: false },
    });
    const published = publish(client, 'weather/s1/observation', 'x');
    await expect.poll(() => seen).toEqual(['x']);
    const silent = connectSocket(broker.port, '127.0.0.1');
    await once(silent, 'connect');
    const closed = broker.close();
    const late = publish(client, 'weather/s1/observation', 'late');
    late.catch(() => undefined);
    makeDurable();
    await closed;
    await published;
    await expect(late).rejects.toThrow();
    expect(seen).toEqual(['x']);
  });
});

describe('a broker that is killed', () => {
  it('has every message on its stream that it acknowledged', async () => {
    const path = join(temporaryFolder(), 'stream.db');
    for (let round = 0; round < 3; round++) {
      const child = spawn(
        process.execPath,
        [
          '--disable-warning=ExperimentalWarning',
          fileURLToPath(new URL('./fixtures/broker-process.ts', import.meta.url)),
          path,
        ],
        { stdio: ['ignore', 'pipe', 'inherit'] },
      );
      onTestFinished(() => void child.kill('SIGKILL'));
      const [port] = (await once(child.stdout, 'data')) as [Buffer];
      const clients = await Promise.all(
        Array.from({ length: 8 }, (_, n) =>
          connect(`mqtt://127.0.0.1:${Number(port)}`, { clientId: `device-${n}` }),
        ),
      );
      const acknowledged = new Set<string>();
      const exited = once(child, 'exit');
      const target = 200 + round * 371;
      await Promise.all(
        clients.map(async (client, n) => {
          // several on their way per device, as under load
          const closed = next(client, 'close');
          const publishing = Array.from({ length: 5 }, async (_, lane) => {
            for (let i = 0; client.connected; i++) {
              const value = `${round}/${n}/${lane}/${i}`;
              const done = await Promise.race([
                new Promise<boolean>((resolve) =>
                  client.publish(`t/${n}`, value, { qos: 1 }, (error) => resolve(!error)),
                ),
                closed.then(() => false),
              ]);
              if (!done) return;
              acknowledged.add(value);
              if (acknowledged.size >= target) child.kill('SIGKILL');
            }
          });
          await Promise.all(publishing);
        }),
      );
      const [, signal] = (await exited) as [number | null, string | null];
      expect(signal).toBe('SIGKILL');
      expect(acknowledged.size).toBeGreaterThanOrEqual(target);
      const stream = openSqliteStream(path, { clock: Date.now });
      const kept = new Set(
        (await readAll(stream)).flat().map(({ payload }) => Buffer.from(payload).toString()),
      );
      stream.close();
      expect([...acknowledged].filter((value) => !kept.has(value))).toEqual([]);
    }
  });
});
