import { io, mqtt5 } from 'aws-iot-device-sdk-v2';
import { awsTls } from './aws-transport.ts';
import type { Endpoint } from './endpoint.ts';
import { createLink, describeFault } from './link.ts';
import {
  ConnectionLostError,
  type DeviceConnection,
  type Transport,
  type TransportOptions,
} from './transport.ts';

const CONNECT_TIMEOUT_MS = 10_000;
const NEVER_SOON_MS = 600_000;
const KEEP_ALIVE_SEC = 60;

/**
 * Connections by AWS's own device SDK in MQTT 5, with clean starts. The local broker speaks 3.1.1 only: this is for IoT Core
 * and others. It loads native code, so this module is imported only where it is asked for.
 */
export function createAwsMqtt5Transport(
  { endpoint, credentialsOf }: TransportOptions,
  { host, port, tls }: Endpoint,
): Transport {
  return {
    endpoint,
    async connect(device) {
      const client = new mqtt5.Mqtt5Client({
        hostName: host,
        port,
        sessionBehavior: mqtt5.ClientSessionBehavior.Clean,
        // what was not acknowledged is ours to send again
        offlineQueueBehavior: mqtt5.ClientOperationQueueBehavior.FailAllOnDisconnect,
        minReconnectDelayMs: NEVER_SOON_MS,
        maxReconnectDelayMs: NEVER_SOON_MS,
        connackTimeoutMs: CONNECT_TIMEOUT_MS,
        connectProperties: { clientId: device.id, keepAliveIntervalSeconds: KEEP_ALIVE_SEC },
        socketOptions: new io.SocketOptions(undefined, undefined, CONNECT_TIMEOUT_MS),
        ...(tls ? { tlsCtx: awsTls(await credentialsOf?.(device)) } : {}),
      });
      try {
        await openClient(client);
      } catch (cause) {
        await stopClient(client);
        throw new ConnectionLostError(`${device.id} cannot connect to ${endpoint}: ${describeFault(cause)}`, {
          cause,
        });
      }
      return createConnection(client, device.id);
    },
  };
}

function openClient(client: mqtt5.Mqtt5Client): Promise<void> {
  return new Promise((resolve, reject) => {
    client.on('connectionSuccess', () => resolve());
    client.on('connectionFailure', ({ error }) => reject(new Error(describeFault(error), { cause: error })));
    client.on('error', reject);
    client.start();
  });
}

function stopClient(client: mqtt5.Mqtt5Client): Promise<void> {
  return new Promise((resolve) => {
    client.once('stopped', () => {
      client.close();
      resolve();
    });
    client.stop();
  });
}

function createConnection(client: mqtt5.Mqtt5Client, clientId: string): DeviceConnection {
  const link = createLink(clientId);
  let stopped: Promise<void> | undefined;
  const stop = () => (stopped ??= stopClient(client));
  client.on('disconnection', ({ error }) => {
    link.lose(describeFault(error), error);
    void stop();
  });
  return {
    publish: ({ topic: topicName, payload, retain = false }) =>
      link.track(topicName, async () => {
        const puback = await client.publish({
          topicName,
          payload: Buffer.from(payload),
          retain,
          qos: mqtt5.QoS.AtLeastOnce,
        });
        // the broker may say no in MQTT 5
        const code: number = puback?.reasonCode ?? 0;
        if (code >= 0x80) throw new Error(`the broker refused it with reason code ${code}`);
      }),
    onDisconnect: (listener) => link.onDisconnect(listener),
    breakOff() {
      throw new Error('the AWS SDK cannot break a connection off');
    },
    async close() {
      link.beginClosing();
      link.lose('it was closed');
      await stop();
    },
  };
}
