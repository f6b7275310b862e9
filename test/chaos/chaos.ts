/**
 * `npm run chaos -- [--rounds N] [--seed N] [--fleet NAME] [--keep]`: starts the whole product on one data dir again and
 * again and kills it (SIGKILL: no chance to tidy up) at random moments; the last start may end. Whatever was
 * acknowledged must then be in the lake exactly once. The moments come from the printed seed.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createRandom } from '../../device-sim/random.ts';

const CLI = fileURLToPath(new URL('../../bin/tributary.mjs', import.meta.url));

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '12' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    fleet: { type: 'string', default: 'weather' },
    keep: { type: 'boolean', default: false },
  },
});

const rounds = Number(options.rounds);
const random = createRandom(Number(options.seed));
const dataDir = await mkdtemp(join(tmpdir(), 'tributary-chaos-'));
console.log(`seed ${options.seed}, ${rounds} kills, ${dataDir}`);

const common = [
  '--fleet',
  options.fleet,
  '--data-dir',
  dataDir,
  '--mqtt-port',
  '0',
  '--rate',
  '2000',
  '--devices',
  '50',
];
for (let round = 1; round <= rounds; round++) {
  // from before the broker listens to well into the commits
  const after = Math.round(300 + random() * 6000);
  const killed = await runAndKill(after);
  console.log(
    `round ${round}: ${killed ? `killed after ${after} ms` : `ended by itself before ${after} ms`}`,
  );
}
const summary = await run(['start', ...common, '--for', '2s', '--json']);
const verdict = await run(['verify', '--data-dir', dataDir, '--json']);
const { lost, doubled, acknowledged, rows } = JSON.parse(verdict) as Record<string, number>;
console.log(summary.trim());
console.log(verdict.trim());
const good = lost === 0 && doubled === 0 && acknowledged! > 0 && rows! > 0;
if (good && !options.keep) await rm(dataDir, { recursive: true });
else console.log(`left for inspection: ${dataDir}`);
process.exitCode = good ? 0 : 1;

async function runAndKill(after: number): Promise<boolean> {
  const child = spawn(process.execPath, [CLI, 'start', ...common, '--for', '60s'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const exited = new Promise<boolean>((resolve) =>
    child.once('exit', (_code, signal) => resolve(signal === 'SIGKILL')),
  );
  await sleep(after);
  child.kill('SIGKILL');
  return exited;
}

async function run(args: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, [CLI, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}: ${output}`);
  return output;
}
