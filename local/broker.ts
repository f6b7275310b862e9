import type { EventEmitter } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { Aedes, type Client, type PublishPacket } from 'aedes';
import { TributaryError } from '../src/errors.ts';
import type { Stream } from '../src/streams/stream.ts';
import type { DeviceAccess } from './device-access.ts';
import { HOST, listen } from './listen.ts';

/** IoT Core's limits: 128 KB a payload, 256 bytes a topic without the three levels of Basic Ingest. */
const MAXIMUM_PAYLOAD_BYTES = 128 * 1024;
const MAXIMUM_TOPIC_BYTES = 256;

export type BrokerOptions = {
  /** 0: any free one */
  readonly port: number;
  /** whether a message on the topic goes to the stream */
  readonly matches: (topic: string) => boolean;
  /** resolves once the record is durable */
  readonly append: Stream['append'];
  /** mutual TLS, and what each device may do; without, anybody may everything */
  readonly access?: DeviceAccess | undefined;
  readonly report: (event: BrokerEvent) => void;
};

export type BrokerEvent =
  /** the connection of `client` ends with it: MQTT 3.1.1 knows no other way to say no */
  | {
      readonly kind: 'publish-refused';
      readonly client: string;
      readonly topic: string;
      readonly why: string;
    }
  | { readonly kind: 'connection-failed'; readonly client: string; readonly why: string };

/** CONNACK's return code for "not authorized", table 3.1 */
const NOT_AUTHORIZED = 5;

export type BrokerStatus = {
  readonly connected: number;
  /** messages taken from devices since the start, and those of them that a rule put on the stream */
  readonly published: number;
  readonly streamed: number;
  readonly refused: number;
};

export type Broker = {
  readonly port: number;
  /** `mqtt://127.0.0.1:1883`, `mqtts://…` with TLS */
  readonly endpoint: string;
  status(): BrokerStatus;
  /** Takes nothing more, waits for the appends under way, ends all connections. Their wills are not published. */
  close(): Promise<void>;
};

/** aedes remembers QoS 2 messages between PUBLISH and PUBREL here; its types do not say so. */
type Sessions = {
  readonly persistence: { incomingGetPacket(client: Client, packet: PublishPacket): Promise<unknown> };
};

/**
 * The laptop's IoT Core: MQTT 3.1.1 on 127.0.0.1, QoS 0 to 2. A message is acknowledged after it is durable on the stream:
 * aedes sends PUBACK before it publishes, so the append belongs into `authorizePublish` (design 5.1). A message that
 * cannot be appended is not acknowledged, its device's connection ends, and the device sends it again.
 *
 * @throws UsageError where the port is taken.
 */
export async function startBroker(options: BrokerOptions): Promise<Broker> {
  const { matches, append, access, report } = options;
  const counts = { published: 0, streamed: 0, refused: 0 };
  const appending = new Set<Promise<void>>();
  let closing = false;

  const aedes = await Aedes.createBroker({
    authenticate(client, _username, _password, done) {
      const why = access?.refuseConnect(client);
      if (why === undefined) done(null, true);
      else done(Object.assign(new TributaryError(why), { returnCode: NOT_AUTHORIZED }), false);
    },
    authorizeSubscribe(_client, subscription, done) {
      // the fleets' policies allow to connect and to publish
      done(null, access === undefined ? subscription : null);
    },
    authorizePublish(client, packet, done) {
      // unanswered: an error would end the connection before its earlier messages are acknowledged
      if (closing) return;
      const why = refusalOf(packet) ?? access?.refusePublish(client, packet);
      if (why !== undefined) {
        refuse(client, packet, why);
        done(new TributaryError(why));
        return;
      }
      if (!matches(packet.topic)) {
        counts.published++;
        done(null);
        return;
      }
      const appended = appendOnce(client, packet).then(
        () => {
          counts.published++;
          counts.streamed++;
          done(null);
        },
        (error: unknown) => {
          refuse(client, packet, String(error));
          done(error instanceof Error ? error : new TributaryError(String(error)));
        },
      );
      appending.add(appended);
      void appended.finally(() => appending.delete(appended));
    },
  });

  /** [MQTT-4.3.3-2] a QoS 2 message that is sent again before its PUBREL is the same message. */
  async function appendOnce(client: Client | null, packet: PublishPacket): Promise<void> {
    if (packet.qos === 2 && packet.dup && client !== null && (await isKnown(client, packet))) return;
    const { topic, payload } = packet;
    await append([{ key: topic, payload: typeof payload === 'string' ? Buffer.from(payload) : payload }]);
  }

  function isKnown(client: Client, packet: PublishPacket): Promise<boolean> {
    return (aedes as Aedes & Sessions).persistence.incomingGetPacket(client, packet).then(
      () => true,
      () => false, // that is how it says that it does not know the packet
    );
  }

  function refuse(client: Client | null, { topic }: PublishPacket, why: string): void {
    counts.refused++;
    report({ kind: 'publish-refused', client: client?.id ?? 'a will', topic, why });
  }

  const fail = (client: Client | undefined, error: Error) =>
    report({ kind: 'connection-failed', client: client?.id ?? 'unknown', why: error.message });
  aedes.on('clientError', fail);
  aedes.on('connectionError', fail);
  // its types leave this one out; unheard it would end the process
  (aedes as EventEmitter).on('error', (error: Error) => fail(undefined, error));

  const sockets = new Set<Socket>();
  const server = createBrokerServer(access, (socket) => void aedes.handle(socket));
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('tlsClientError', (error: Error) => fail(undefined, error));
  try {
    await listen(server, { port: options.port, flag: '--mqtt-port' });
  } catch (error) {
    aedes.close();
    throw error;
  }
  const { port } = server.address() as AddressInfo;

  return {
    port,
    endpoint: `${access === undefined ? 'mqtt' : 'mqtts'}://${HOST}:${port}`,
    status: () => ({ connected: aedes.connectedClients, ...counts }),
    async close() {
      closing = true;
      const closed = new Promise((resolve) => server.close(resolve));
      await Promise.all(appending);
      // aedes hands its acknowledgements to the sockets in the next tick
      await new Promise((resolve) => setImmediate(resolve));
      await new Promise<void>((resolve) => aedes.close(resolve));
      // those that never said CONNECT
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function createBrokerServer(access: DeviceAccess | undefined, handle: (socket: Socket) => void): Server {
  if (access === undefined) return createServer({ noDelay: true }, handle);
  return createTlsServer({ ...access.tls, noDelay: true }, handle);
}

function refusalOf(packet: PublishPacket): string | undefined {
  const { topic, payload } = packet;
  // aedes refuses these by default, and the default is replaced here
  if (topic.startsWith('$SYS/')) return 'topics under $SYS/ are the broker’s own';
  if (payload.length > MAXIMUM_PAYLOAD_BYTES) {
    return `a payload of ${payload.length} bytes is more than IoT Core’s ${MAXIMUM_PAYLOAD_BYTES}`;
  }
  const bytes = Buffer.byteLength(topic.replace(/^\$aws\/rules\/[^/]*\//, ''));
  if (bytes > MAXIMUM_TOPIC_BYTES)
    return `a topic of ${bytes} bytes is more than IoT Core’s ${MAXIMUM_TOPIC_BYTES}`;
  return undefined;
}
