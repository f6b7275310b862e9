import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { demand } from '../python-environment.ts';
import { findFreePort, type ServerProcess, startServer } from '../server-process.ts';
import { findKafkaJava, KAFKA_CLASSES } from './installation.ts';

const START_TIMEOUT_MS = 60_000;
const MEMORY = ['-Xmx384M', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];

/** A broker that is its own controller, with nothing in it yet; what it holds goes with it. The endpoint is `host:port`. */
export async function startBroker(): Promise<ServerProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'tributary-kafka-'));
  const [clients, controllers] = [await findFreePort(), await findFreePort()];
  const endpoint = `127.0.0.1:${clients}`;
  const settings = join(folder, 'server.properties');
  await writeFile(settings, describeBroker(endpoint, `127.0.0.1:${controllers}`, join(folder, 'log')));
  const { home } = await findKafkaJava();
  const java = join(home, 'bin', 'java');
  const cluster = randomBytes(16).toString('base64url');
  const storage = ['kafka.tools.StorageTool', 'format', '--cluster-id', cluster, '--config', settings];
  await demand(java, [...MEMORY, '-cp', KAFKA_CLASSES, ...storage]);
  const { stop } = await startServer({
    name: 'Kafka',
    program: java,
    args: [...MEMORY, '-cp', KAFKA_CLASSES, 'kafka.Kafka', settings],
    cwd: folder,
    findEndpoint: async () => ((await listens(clients)) ? endpoint : undefined),
    timeoutMs: START_TIMEOUT_MS,
  });
  return {
    endpoint,
    async stop() {
      await stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function describeBroker(clients: string, controllers: string, log: string): string {
  return Object.entries({
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.voters': `1@${controllers}`,
    'controller.listener.names': 'CONTROLLER',
    listeners: `PLAINTEXT://${clients},CONTROLLER://${controllers}`,
    'log.dirs': log,
    'offsets.topic.replication.factor': '1',
    'auto.create.topics.enable': 'false',
  })
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

/** Whether something listens at a port of 127.0.0.1. */
function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => (socket.destroy(), resolve(true)));
    // not yet: whoever asks gives up by the clock
    socket.once('error', () => resolve(false));
  });
}
