import { io, mqtt } from 'aws-iot-device-sdk-v2';
import type { Endpoint } from './endpoint.ts';
import { createLink, describeFault } from './link.ts';
import {
  ConnectionLostError,
  type Credentials,
  type DeviceConnection,
  type Transport,
  type TransportOptions,
} from './transport.ts';

/**
 * The SDK connects again by itself, and would send again what was not acknowledged: not before there was time to hear of the
 * interruption and forbid it.
 */
const RECONNECT_SEC = 3;
const KEEP_ALIVE_SEC = 60;

/**
 * Connections by AWS's own device SDK in MQTT 3.1.1, with clean sessions: the reference device. It loads native code, so this
 * module is imported only where it is asked for.
 */
export function createAwsTransport(
  { endpoint, credentialsOf }: TransportOptions,
  { host, port, tls }: Endpoint,
): Transport {
  const client = new mqtt.MqttClient();
  return {
    endpoint,
    async connect(device) {
      const connection = client.new_connection({
        client_id: device.id,
        host_name: host,
        port,
        clean_session: true,
        keep_alive: KEEP_ALIVE_SEC,
        reconnect_min_sec: RECONNECT_SEC,
        reconnect_max_sec: RECONNECT_SEC,
        socket_options: new io.SocketOptions(),
        ...(tls ? { tls_ctx: awsTls(await credentialsOf?.(device)) } : {}),
      });
      const opened = createConnection(connection, device.id);
      try {
        await connection.connect();
      } catch (cause) {
        throw new ConnectionLostError(`${device.id} cannot connect to ${endpoint}: ${describeFault(cause)}`, {
          cause,
        });
      }
      return opened;
    },
  };
}

/** The SDK's TLS: with the device's certificate where it has one, and its authority in place of the system's roots. */
export function awsTls(credentials: Credentials | undefined): io.ClientTlsContext {
  const options =
    credentials === undefined
      ? new io.TlsContextOptions()
      : io.TlsContextOptions.create_client_with_mtls(credentials.certificate, credentials.key);
  if (credentials?.authority !== undefined) options.override_default_trust_store(credentials.authority);
  return new io.ClientTlsContext(options);
}

function createConnection(connection: mqtt.MqttClientConnection, clientId: string): DeviceConnection {
  const link = createLink(clientId);
  let disconnected: Promise<void> | undefined;
  const disconnect = () => (disconnected ??= connection.disconnect());
  const lose = (error: Error) => {
    link.lose(describeFault(error), error);
    // or it would connect again and send again by itself
    disconnect().catch(() => undefined); // lost already: nothing is left to say
  };
  connection.on('error', lose);
  connection.on('interrupt', lose);
  return {
    publish: ({ topic, payload, retain = false }) =>
      link.track(topic, () => connection.publish(topic, Buffer.from(payload), mqtt.QoS.AtLeastOnce, retain)),
    onDisconnect: (listener) => link.onDisconnect(listener),
    breakOff() {
      throw new Error('the AWS SDK cannot break a connection off');
    },
    async close() {
      link.beginClosing();
      // the SDK lets go of a lost connection only when it would have connected again
      if (link.lost !== undefined) return;
      link.lose('it was closed');
      await disconnect();
    },
  };
}
