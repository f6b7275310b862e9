import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { createMqttTransport } from '../../device-sim/mqtt-transport.ts';
import { ConnectionLostError } from '../../device-sim/transport.ts';
import { UsageError } from '../../src/errors.ts';
import { type Received, startPlainBroker } from './support/broker.ts';

const D1 = { id: 'd1', attributes: {} };

type Broker = Awaited<ReturnType<typeof startPlainBroker>>;
let broker: Broker | undefined;
afterEach(async () => {
  await broker?.close();
  broker = undefined;
});

test('a publish resolves at its PUBACK, not before', async () => {
  const { promise: admitted, resolve: admit } = Promise.withResolvers<void>();
  broker = await startPlainBroker(() => admitted);
  const connection = await createMqttTransport({ endpoint: broker.endpoint }).connect(D1);
  let acknowledged = false;
  const published = connection.publish('a/b', Buffer.from([1, 2, 255])).then(() => (acknowledged = true));
  await sleep(100);
  expect(acknowledged).toBe(false);
  admit();
  await published;
  expect(broker.received).toHaveLength(1);
  await connection.close();
});

test('when the connection is lost, waiting publishes reject, once, and nothing is sent again', async () => {
  const seen: Received[] = [];
  broker = await startPlainBroker((message) => {
    seen.push(message);
    return new Promise(() => undefined);
  });
  const transport = createMqttTransport({ endpoint: broker.endpoint });
  const connection = await transport.connect(D1);
  const losses: Error[] = [];
  connection.onDisconnect((error) => losses.push(error));
  const waiting = [connection.publish('a/b', Buffer.from('1')), connection.publish('a/b', Buffer.from('2'))];
  while (seen.length < 2) await sleep(5);
  broker.cut();
  for (const publish of waiting) await expect(publish).rejects.toBeInstanceOf(ConnectionLostError);
  await expect(connection.publish('a/b', Buffer.from('3'))).rejects.toThrow(/connection of d1 lost/);
  expect(losses).toHaveLength(1);
  const again = await transport.connect(D1);
  await sleep(200);
  expect(seen.map((message) => message.payload)).toEqual(['1', '2']);
  await again.close();
});

test('closing is no loss, and does not wait for acknowledgements', async () => {
  broker = await startPlainBroker(() => new Promise(() => undefined));
  const connection = await createMqttTransport({ endpoint: broker.endpoint }).connect(D1);
  connection.onDisconnect(() => expect.unreachable('closing was told as a loss'));
  const waiting = connection.publish('a/b', Buffer.from('1')).catch((error: unknown) => error);
  await connection.close();
  expect(await waiting).toBeInstanceOf(ConnectionLostError);
  await connection.close();
});

test('a broker that is not there is named, with the reason', async () => {
  broker = await startPlainBroker();
  const { endpoint } = broker;
  await broker.close();
  broker = undefined;
  await expect(createMqttTransport({ endpoint }).connect(D1)).rejects.toThrow(
    new RegExp(`d1 cannot connect to ${endpoint}: .*ECONNREFUSED`),
  );
});

test.each(['127.0.0.1:1883', 'http://127.0.0.1', 'mqtt://', ''])('%j is no endpoint', (endpoint) => {
  expect(() => createMqttTransport({ endpoint })).toThrow(UsageError);
});
