import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { ORIGIN_KEY } from '../../../src/columns/reserved.ts';
import { QUARANTINE_PATH } from '../../../src/fleet/index.ts';
import { createFolderStore } from '../../../src/stores/folder-store.ts';
import type { ObjectStore } from '../../../src/stores/object-store.ts';
import { GOLD } from '../../simulation/gold.ts';
import { ALARMS, READINGS } from '../../simulation/messages.ts';
import { catchMutants } from '../../simulation/mutant-catches.ts';
import { runSchedule } from '../../simulation/run-schedule.ts';
import { findTables } from '../../simulation/table-audit.ts';
import { drawSeed } from '../../support/seed.ts';
import type { Check } from '../check.ts';
import { judgeTable } from '../judge.ts';
import { REPO } from '../places.ts';
import { runCommand } from '../run-command.ts';

const SCHEDULES = 10_000;
/** Tables of raw readings that the checker sees; those beside them in the same lakes come on top. */
const JUDGED = 200;
const WORKERS = Math.min(4, availableParallelism());

/** Ten thousand schedules of writers that crash, race and come again, and what the independent checker says of their tables. */
export const simulatedWriters: Check = {
  name: 'simulated writers leave every reading once in sound tables',
  needs: ['pyarrow', 'shared'],
  async run() {
    const first = drawSeed('simulated writers');
    await playSchedules(first);
    const folder = await mkdtemp(join(tmpdir(), 'tributary-writers-'));
    try {
      await judgeSchedules(first, folder);
    } finally {
      await rm(folder, { recursive: true });
    }
  },
};

/** A simulation that catches nothing would pass everything. */
export const plantedBugs: Check = {
  name: 'the simulation of writers catches every planted bug',
  needs: [],
  async run() {
    for await (const { name, caught } of catchMutants(1, 3_000)) {
      if (caught === undefined)
        throw new Error(`"${name}" was planted, and 3000 schedules from seed 1 passed`);
    }
  },
};

async function playSchedules(first: number): Promise<void> {
  const share = Math.ceil(SCHEDULES / WORKERS);
  const runs = Array.from({ length: WORKERS }, async (_, worker) => {
    const main = join(REPO, 'test', 'simulation', 'main.ts');
    const args = [main, '--schedules', String(share), '--seed', String(first + worker * share)];
    const { code, output } = await runCommand(process.execPath, args);
    if (code !== 0) throw new Error(output.trim());
  });
  await Promise.all(runs);
}

/** Plays schedules again, as often as it takes for enough tables on disk. */
async function judgeSchedules(first: number, folder: string): Promise<void> {
  let judged = 0;
  let next = first;
  const judge = async () => {
    while (judged < JUDGED) {
      const seed = next++;
      const lake = join(folder, String(seed));
      const { disk } = await runSchedule(seed);
      const tables = (await findTables(disk)).filter((path) => path in UNIQUE);
      await copyObjects(disk, createFolderStore(lake), tables);
      for (const path of tables) {
        const unique = UNIQUE[path]!;
        await judgeTable(join(lake, path), unique.length === 0 ? {} : { unique });
        if (unique.length > 0) judged++;
      }
      await rm(lake, { recursive: true, force: true });
    }
  };
  await Promise.all(Array.from({ length: WORKERS }, judge));
  console.log(`${judged} raw tables judged, of ${next - first} schedules from seed ${first}`);
}

/** The columns in which no two rows of a table agree. */
const UNIQUE: Readonly<Record<string, readonly string[]>> = {
  [READINGS]: ORIGIN_KEY,
  [ALARMS]: ORIGIN_KEY,
  [QUARANTINE_PATH]: [],
  [GOLD]: [],
};

async function copyObjects(from: ObjectStore, to: ObjectStore, tables: readonly string[]): Promise<void> {
  for (const path of tables) {
    for await (const { key } of from.list(`${path}/`)) await to.put(key, (await from.get(key))!);
  }
}
