import mqtt, { type MqttClient } from 'mqtt';
import { type Protocols, parseEndpoint } from './endpoint.ts';
import { createLink, describeFault } from './link.ts';
import { beginPublish } from './torn-publish.ts';
import {
  ConnectionLostError,
  type Credentials,
  type DeviceConnection,
  type Transport,
  type TransportOptions,
} from './transport.ts';

export const MQTT_PROTOCOLS: Protocols = { 'mqtt:': 1883, 'mqtts:': 8883, 'ws:': 80, 'wss:': 443 };
const CONNECT_TIMEOUT_MS = 10_000;

/**
 * Connections by MQTT.js, in MQTT 3.1.1 with clean sessions. Every connection is a client of its own with
 * `reconnectPeriod: 0`: MQTT.js would otherwise send un-acknowledged publishes again by itself.
 *
 * @throws UsageError where the endpoint is no broker's address
 */
export function createMqttTransport({ endpoint, credentialsOf }: TransportOptions): Transport {
  parseEndpoint(endpoint, MQTT_PROTOCOLS);
  return {
    endpoint,
    async connect(device) {
      const credentials = await credentialsOf?.(device);
      const client = mqtt.connect(endpoint, {
        clientId: device.id,
        protocolVersion: 4,
        clean: true,
        reconnectPeriod: 0,
        connectTimeout: CONNECT_TIMEOUT_MS,
        manualConnect: true,
        ...(credentials === undefined ? {} : tlsOptions(credentials)),
      });
      await openClient(client, device.id, endpoint);
      return createConnection(client, device.id);
    },
  };
}

function tlsOptions({ certificate, key, authority }: Credentials) {
  return { cert: certificate, key, ...(authority === undefined ? {} : { ca: authority }) };
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
    const why = fault === undefined ? 'the broker closed the connection' : describeFault(fault);
    reject(new ConnectionLostError(`${clientId} cannot connect to ${endpoint}: ${why}`, { cause: fault }));
  });
  client.connect();
  return promise;
}

function createConnection(client: MqttClient, clientId: string): DeviceConnection {
  const link = createLink(clientId);
  let fault: Error | undefined;

  client.on('error', (error) => {
    fault ??= error;
    // a protocol error leaves MQTT.js connected; nothing that it says from here on can be relied upon
    if (client.connected) client.end(true);
  });
  client.once('close', () =>
    link.lose(fault === undefined ? 'the broker closed it' : describeFault(fault), fault),
  );

  return {
    publish: ({ topic, payload, retain = false }) =>
      link.track(topic, () => client.publishAsync(topic, asBuffer(payload), { qos: 1, retain })),
    onDisconnect: (listener) => link.onDisconnect(listener),
    breakOff(midway) {
      if (link.lost !== undefined) return;
      const { stream } = client;
      link.lose('it was broken off');
      // whatever followed the torn packet would be taken for its rest
      if (midway === undefined) stream.destroy();
      else stream.end(beginPublish(midway), () => stream.destroy());
    },
    close() {
      link.beginClosing();
      if (link.lost !== undefined) return Promise.resolve();
      const { promise, resolve } = Promise.withResolvers<void>();
      client.once('close', () => resolve());
      // not forced, MQTT.js would wait for publishes that may never be acknowledged before it says goodbye
      client.end(link.waiting > 0);
      return promise;
    },
  };
}

function asBuffer(payload: Uint8Array): Buffer {
  return Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
}
