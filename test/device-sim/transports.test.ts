import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { type Driver, openTransport } from '../../device-sim/drivers.ts';
import { ConnectionLostError } from '../../device-sim/transport.ts';
import { UsageError } from '../../src/errors.ts';
import { type Received, retainedBy, startPlainBroker } from './support/broker.ts';

const D1 = { id: 'd1', attributes: {} };

type Broker = Awaited<ReturnType<typeof startPlainBroker>>;
let broker: Broker | undefined;
afterEach(async () => {
  await broker?.close();
  broker = undefined;
});

describe.each(['mqttjs', 'aws'] as const)('a connection by %s', (driver) => {
  test('resolves a publish at its PUBACK, not before', async () => {
    const { promise: admitted, resolve: admit } = Promise.withResolvers<void>();
    broker = await startPlainBroker(() => admitted);
    const connection = await connectBy(driver, broker);
    let acknowledged = false;
    const published = connection
      .publish({ topic: 'a/b', payload: Buffer.from([1, 2, 255]) })
      .then(() => (acknowledged = true));
    await sleep(100);
    expect(acknowledged).toBe(false);
    admit();
    await published;
    expect(broker.received).toHaveLength(1);
    await connection.close();
  });

  test('when it is lost, rejects what waits, tells it once, and sends nothing again', async () => {
    const seen: Received[] = [];
    broker = await startPlainBroker((message) => {
      seen.push(message);
      return new Promise(() => undefined);
    });
    const connection = await connectBy(driver, broker);
    const losses: Error[] = [];
    connection.onDisconnect((error) => losses.push(error));
    const waiting = ['1', '2'].map((text) =>
      connection.publish({ topic: 'a/b', payload: Buffer.from(text) }),
    );
    while (seen.length < 2) await sleep(5);
    broker.cut();
    for (const publish of waiting) await expect(publish).rejects.toBeInstanceOf(ConnectionLostError);
    await expect(connection.publish({ topic: 'a/b', payload: Buffer.from('3') })).rejects.toThrow(
      /connection of d1 lost/,
    );
    expect(losses).toHaveLength(1);
    const again = await connectBy(driver, broker);
    await sleep(200);
    expect(seen.map((message) => message.payload)).toEqual(['1', '2']);
    await again.close();
  });

  test('has the broker keep what is to be retained, and nothing else', async () => {
    broker = await startPlainBroker();
    const connection = await connectBy(driver, broker);
    await connection.publish({ topic: 'a/fleeting', payload: Buffer.from('1') });
    await connection.publish({ topic: 'a/kept', payload: Buffer.from('2'), retain: true });
    await connection.publish({ topic: 'a/kept', payload: Buffer.from('3'), retain: true });
    await connection.close();
    expect(broker.received).toHaveLength(3);
    expect(await retainedBy(broker)).toEqual({ 'a/kept': '3' });
  });

  test('takes closing for no loss, and does not wait for acknowledgements', async () => {
    broker = await startPlainBroker(() => new Promise(() => undefined));
    const connection = await connectBy(driver, broker);
    connection.onDisconnect(() => expect.unreachable('closing was told as a loss'));
    const waiting = connection
      .publish({ topic: 'a/b', payload: Buffer.from('1') })
      .catch((error: unknown) => error);
    await connection.close();
    expect(await waiting).toBeInstanceOf(ConnectionLostError);
    await connection.close();
  });

  test('names a broker that is not there, with the reason', async () => {
    broker = await startPlainBroker();
    const gone = broker;
    await broker.close();
    broker = undefined;
    await expect(connectBy(driver, gone)).rejects.toThrow(
      new RegExp(`d1 cannot connect to ${gone.endpoint}: .*(ECONNREFUSED|CONNECTION_REFUSED)`),
    );
  });
});

async function connectBy(driver: Driver, { endpoint }: Broker) {
  return (await openTransport(driver, { endpoint })).connect(D1);
}

test.each(['127.0.0.1:1883', 'http://127.0.0.1', 'mqtt://', ''])('%j is no endpoint', async (endpoint) => {
  await expect(openTransport('mqttjs', { endpoint })).rejects.toThrow(UsageError);
});

test('AWS’s SDK is told that it speaks no WebSockets here', async () => {
  await expect(openTransport('aws', { endpoint: 'ws://127.0.0.1' })).rejects.toThrow(
    /or another of mqtt:\/\/…, mqtts:\/\/…/,
  );
});
