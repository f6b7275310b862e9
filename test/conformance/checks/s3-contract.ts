import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Check } from '../check.ts';
import { PYTHON } from '../engines.ts';
import { REPO } from '../places.ts';
import { runCommand } from '../run-command.ts';

const START_TIMEOUT_MS = 30_000;

/** The contract of a store, word for word, with moto's S3 at the far end. */
export const s3Contract: Check = {
  name: 'the S3 store keeps the contract of a store (moto)',
  needs: ['moto'],
  async run() {
    const server = await startMoto();
    try {
      const vitest = join(REPO, 'node_modules', 'vitest', 'vitest.mjs');
      const config = join(REPO, 'test', 'conformance', 'vitest.config.ts');
      const { code, output } = await runCommand(process.execPath, [vitest, 'run', '--config', config], {
        env: {
          ...process.env,
          NO_COLOR: '1',
          AWS_ENDPOINT_URL: server.endpoint,
          AWS_REGION: 'eu-central-1',
          AWS_ACCESS_KEY_ID: 'test',
          AWS_SECRET_ACCESS_KEY: 'test',
        },
      });
      if (code !== 0) throw new Error(output.trim());
    } finally {
      await server.stop();
    }
  },
};

async function startMoto(): Promise<{ readonly endpoint: string; readonly stop: () => Promise<void> }> {
  const child = spawn(PYTHON, ['-m', 'moto.server', '-H', '127.0.0.1', '-p', '0'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise((resolve) => child.once('close', resolve));
  const stop = async () => {
    child.kill('SIGKILL');
    await ended;
  };
  let said = '';
  const listening = new Promise<string>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      // read on to the end: a full pipe would stop the server
      stream.setEncoding('utf8').on('data', (text: string) => {
        said = (said + text).slice(-4_000);
        const endpoint = /http:\/\/127\.0\.0\.1:\d+/.exec(said)?.[0];
        if (endpoint !== undefined) resolve(endpoint);
      });
    }
    child.once('error', reject);
    child.once('close', () => reject(new Error(`moto ended before it listened: ${said}`)));
    setTimeout(() => reject(new Error(`moto does not listen: ${said}`)), START_TIMEOUT_MS).unref();
  });
  try {
    return { endpoint: await listening, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
