import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Aedes } from 'aedes';
import mqtt from 'mqtt';

/** what `retainedBy` publishes to */
export const LAST_TOPIC = 'last/of/all';

export type Received = { readonly topic: string; readonly payload: string };

/** A plain broker in this process. `admit` runs before a message is acknowledged. */
export async function startPlainBroker(
  admit: (message: Received) => Promise<void> = () => Promise.resolve(),
) {
  const received: Received[] = [];
  const broker = await Aedes.createBroker({
    authorizePublish(_client, packet, callback) {
      const message = { topic: packet.topic, payload: packet.payload.toString() };
      admit(message).then(
        () => {
          received.push(message);
          callback(null);
        },
        (error: Error) => callback(error),
      );
    },
  });
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    broker.handle(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    clients: () => broker.connectedClients,
    /** cuts every connection, without a word of MQTT */
    cut: () => {
      for (const socket of sockets) socket.destroy();
    },
    async close() {
      await new Promise<void>((resolve) => broker.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** What the broker hands to one who subscribes only now: the payload of each topic. */
export async function retainedBy({
  endpoint,
}: {
  readonly endpoint: string;
}): Promise<Record<string, string>> {
  const retained: Record<string, string> = {};
  const client = await mqtt.connectAsync(endpoint, { reconnectPeriod: 0 });
  const { promise: over, resolve } = Promise.withResolvers<void>();
  client.on('message', (topic, payload, { retain }) => {
    if (topic === LAST_TOPIC) resolve();
    else if (retain) retained[topic] = payload.toString();
  });
  await client.subscribeAsync('#', { qos: 1 });
  // what is retained comes before what is published after it
  await client.publishAsync(LAST_TOPIC, '', { qos: 1 });
  await over;
  await client.endAsync();
  return retained;
}

/** A broker in a process of its own; `received` grows before messages are acknowledged. */
export async function spawnBroker(port = 0, received: Received[] = []) {
  const script = fileURLToPath(new URL('broker-process.ts', import.meta.url));
  const child: ChildProcess = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', script, String(port)],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const lines = createInterface({ input: child.stdout!, crlfDelay: Infinity });
  const [first] = (await once(lines, 'line')) as [string];
  lines.on('line', (line: string) => {
    const [topic, payload] = JSON.parse(line) as [string, string];
    received.push({ topic, payload });
  });
  const ended = once(child.stdout!, 'close');
  return {
    port: Number(first),
    endpoint: `mqtt://127.0.0.1:${first}`,
    received,
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
