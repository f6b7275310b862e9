import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { REPOSITORY } from '../support/cli.ts';

/** The product as a user starts it, with its page. */
export type Product = AsyncDisposable & {
  /** `http://127.0.0.1:40001/` */
  readonly url: string;
  readonly dataDir: string;
  /** Ctrl-C, and what it waits for. */
  stop(): Promise<void>;
};

const PLANT = readFileSync(new URL('./fixtures/plant.ts', import.meta.url), 'utf8');
const NARROW = PLANT.replace('HEAVIEST_KG = 100', 'HEAVIEST_KG = 60');

/**
 * Runs the plant for a moment under a definition that is too narrow, so that some of its messages stand in the quarantine;
 * then starts it, live, under the one that is mended.
 */
export async function startPlant(): Promise<Product> {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-page-test-'));
  const fleets = join(folder, 'plant.ts');
  const common = ['--fleets', fleets, '--data-dir', join(folder, 'data'), '--mqtt-port', '0'];
  writeFileSync(fleets, NARROW);
  const first = start(['start', ...common, '--for', '2s']);
  await once(first, 'close');
  if (first.exitCode !== 0) throw new Error(`the first run ended with ${first.exitCode}`);
  writeFileSync(fleets, PLANT);
  const child = start(['start', ...common, '--port', '0']);
  const url = await saidUrl(child);
  async function stop(): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGINT');
    await once(child, 'close');
  }
  return {
    url,
    dataDir: join(folder, 'data'),
    stop,
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGKILL');
        await once(child, 'close');
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function start(args: readonly string[]) {
  return spawn(process.execPath, [join(REPOSITORY, 'bin/tributary.mjs'), ...args], {
    cwd: REPOSITORY,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

async function saidUrl(child: ReturnType<typeof start>): Promise<string> {
  let said = '';
  let wrong = '';
  child.stderr.on('data', (chunk: Buffer) => (wrong += chunk.toString()));
  return new Promise((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      const url = /page\s+(http:\S+)/.exec(said)?.[1];
      if (url !== undefined) resolve(url);
    });
    child.once('close', (code) => reject(new Error(`start ended with ${code}: ${wrong}`)));
  });
}
