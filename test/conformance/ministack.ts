import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PYTHON } from './engines.ts';
import { answers, findFreePort, type ServerProcess, startServer } from './server-process.ts';

const START_TIMEOUT_MS = 60_000;

/**
 * MiniStack, an AWS in one process, with nothing in it yet; it keeps what it holds in memory and in a folder that goes
 * with it. A check that calls it needs `ministack`.
 *
 * @param env more of its settings, on top of this process's environment
 */
export async function startMiniStack(env: Readonly<Record<string, string>> = {}): Promise<ServerProcess> {
  const port = String(await findFreePort());
  const folder = await mkdtemp(join(tmpdir(), 'tributary-ministack-'));
  const endpoint = `http://127.0.0.1:${port}`;
  const { stop } = await startServer({
    name: 'MiniStack',
    program: PYTHON,
    args: ['-m', 'ministack'],
    cwd: folder,
    env: {
      ...process.env,
      TMPDIR: folder,
      BIND_HOST: '127.0.0.1',
      GATEWAY_PORT: port,
      IOT_MTLS_ENABLED: '0',
      SFTP_ENABLED: '0',
      ...env,
    },
    findEndpoint: async () => ((await answers(`${endpoint}/_ministack/health`)) ? endpoint : undefined),
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
