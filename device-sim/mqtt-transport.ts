import mqtt, { type MqttClient } from 'mqtt';
import { UsageError } from '../src/errors.ts';
import { beginPublish } from './torn-publish.ts';
import { ConnectionLostError, type DeviceConnection, type Transport } from './transport.ts';

const PROTOCOLS: ReadonlySet<string> = new Set(['mqtt:', 'mqtts:', 'ws:', 'wss:']);
const CONNECT_TIMEOUT_MS = 10_000;

/**
 * Connections by MQTT.js, in MQTT 3.1.1 with clean sessions. Every connection is a client of its own with
 * `reconnectPeriod: 0`: MQTT.js would otherwise send un-acknowledged publishes again by itself.
 *
 * @param endpoint `mqtt://host:port`, `mqtts://…`, `ws://…` or `wss://…`
 */
export function createMqttTransport(endpoint: string): Transport {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  if (url === undefined || !PROTOCOLS.has(url.protocol) || url.hostname === '') {
    throw new UsageError(
      `endpoint ${JSON.stringify(endpoint)} is no broker's address: write mqtt://127.0.0.1:1883 or mqtts://…`,
    );
  }
  return {
    endpoint,
    async connect(clientId) {
      const client = mqtt.connect(endpoint, {
        clientId,
        protocolVersion: 4,
        clean: true,
        reconnectPeriod: 0,
        connectTimeout: CONNECT_TIMEOUT_MS,
        manualConnect: true,
      });
      await openClient(client, clientId, endpoint);
      return createConnection(client, clientId);
    },
  };
}

function openClient(client: MqttClient, clientId: string, endpoint: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let fault: Error | undefined;
  // 'error' comes more than once with some faults, and has to be heard for the life of the client
  client.on('error', (error) => {
    fault ??= error;
  });
  client.once('connect', () => resolve());
  client.once('close', () => {
    const why = fault === undefined ? 'the broker closed the connection' : describe(fault);
    reject(new ConnectionLostError(`${clientId} cannot connect to ${endpoint}: ${why}`, { cause: fault }));
  });
  client.connect();
  return promise;
}

function createConnection(client: MqttClient, clientId: string): DeviceConnection {
  const waiting = new Set<(error: ConnectionLostError) => void>();
  const listeners: ((error: ConnectionLostError) => void)[] = [];
  let lost: ConnectionLostError | undefined;
  let closing = false;
  let fault: Error | undefined;

  client.on('error', (error) => {
    fault ??= error;
    // a protocol error leaves MQTT.js connected; nothing that it says from here on can be relied upon
    if (client.connected) client.end(true);
  });
  client.once('close', () => {
    if (lost !== undefined) return;
    lose(closing ? 'it was closed' : fault === undefined ? 'the broker closed it' : describe(fault));
  });

  function lose(why: string): void {
    lost = new ConnectionLostError(`connection of ${clientId} lost: ${why}`, { cause: fault });
    for (const reject of waiting) reject(lost);
    waiting.clear();
    if (!closing) for (const listener of listeners) listener(lost);
  }

  return {
    publish(topic, payload) {
      // MQTT.js would keep a publish on a dead client for a reconnection that never comes
      if (lost !== undefined) return Promise.reject(lost);
      return new Promise((resolve, reject) => {
        waiting.add(reject);
        client.publish(topic, asBuffer(payload), { qos: 1 }, (error) => {
          waiting.delete(reject);
          if (error === undefined || error === null) resolve();
          else
            reject(
              new ConnectionLostError(`publish of ${clientId} to ${topic} failed: ${describe(error)}`, {
                cause: error,
              }),
            );
        });
      });
    },
    onDisconnect(listener) {
      if (lost === undefined) listeners.push(listener);
      else if (!closing) listener(lost);
    },
    breakOff(midway) {
      if (lost !== undefined) return;
      const { stream } = client;
      lose('it was broken off');
      // whatever followed the torn packet would be taken for its rest
      if (midway === undefined) stream.destroy();
      else stream.end(beginPublish(midway.topic, midway.payload), () => stream.destroy());
    },
    close() {
      closing = true;
      if (lost !== undefined) return Promise.resolve();
      const { promise, resolve } = Promise.withResolvers<void>();
      client.once('close', () => resolve());
      // not forced, MQTT.js would wait for publishes that may never be acknowledged before it says goodbye
      client.end(waiting.size > 0);
      return promise;
    },
  };
}

function asBuffer(payload: Uint8Array): Buffer {
  return Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
}

/** Node's connection errors are an AggregateError without a message where a name has several addresses. */
function describe(error: Error): string {
  if (error instanceof AggregateError)
    return error.errors.map((one) => (one instanceof Error ? one.message : String(one))).join('; ');
  return error.message;
}
