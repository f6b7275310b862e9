import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createFolderStore } from '../src/stores/folder-store.ts';
import { fillYear } from './year.ts';

const PROCESS = fileURLToPath(new URL('./pieces-process.ts', import.meta.url));
/** of each device in a day */
const READINGS = 200;
const ROWS_A_PIECE = 1_000_000;

type Took = { readonly idleMb: number; readonly peakMb: number; readonly cpuSeconds: number };

/** A year's backfill rolled up at once, and in pieces: memory and CPU of each step, in processes of their own. */
export async function benchPieces(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'tributary-bench-'));
  try {
    const rows = await fillYear(join(folder, 'lake'), READINGS);
    const run = async <Answer>(...args: readonly string[]): Promise<Answer & Took> => {
      const all = ['--disable-warning=ExperimentalWarning', PROCESS, folder, ...args];
      return JSON.parse((await promisify(execFile)(process.execPath, all)).stdout) as Answer & Took;
    };
    const limit = String(ROWS_A_PIECE);
    const once = await run<{ readonly rows: number }>(String(rows), 'run');
    console.log(
      `${rows.toLocaleString('en')} rows into ${once.rows.toLocaleString('en')}, ${describe([once])}: at once`,
    );
    await forget(join(folder, 'lake'));
    const { plan, pieces, ...planned } = await run<{ readonly plan: string; readonly pieces: number }>(
      limit,
      'plan',
    );
    const made: Took[] = [];
    for (let piece = 0; piece < pieces; piece++)
      made.push(await run<object>(limit, 'piece', plan, String(piece)));
    const joined = await run<{ readonly rows: number }>(limit, 'join', plan);
    if (joined.rows !== once.rows) throw new Error(`pieces made ${joined.rows} rows, one run ${once.rows}`);
    console.log(`the plan, ${describe([planned])}`);
    console.log(`${pieces} pieces, ${describe(made)}`);
    console.log(`the join, ${describe([joined])}`);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function forget(lake: string): Promise<void> {
  const store = createFolderStore(lake);
  for await (const { key } of store.list('bench/hours/')) await store.delete(key);
}

function describe(took: readonly Took[]): string {
  const most = Math.max(...took.map(({ peakMb }) => peakMb));
  const idle = Math.max(...took.map(({ idleMb }) => idleMb));
  const seconds = took.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0);
  return `${most.toFixed(0)} MB at most (${idle.toFixed(0)} before it began), ${seconds.toFixed(1)} s of CPU`;
}
