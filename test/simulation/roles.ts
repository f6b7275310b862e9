import { createBatchBuilder } from '../../src/columns/builder.ts';
import { field, struct } from '../../src/columns/types.ts';
import { writeCheckpoint } from '../../src/delta/checkpoint.ts';
import { commit } from '../../src/delta/commit.ts';
import { createTable } from '../../src/delta/create-table.ts';
import { writeFiles } from '../../src/delta/write-files.ts';
import { QUARANTINE_PATH } from '../../src/fleet/index.ts';
import { prefixedStore } from '../../src/stores/object-store.ts';
import { GOLD, makeGold } from './gold.ts';
import { optimizeTable, replaceFiles, RETENTION_MS, sweepTable } from './housekeeping.ts';
import { ALARMS, READINGS } from './messages.ts';
import type { RoleName } from './plan.ts';
import type { World } from './world.ts';
import type { Writer } from './writer.ts';

export const NOTES = 'plant/notes';
const notes = struct([field('id', 'long')]);

/** Works some rounds beside the event source, each in whatever environment is free. */
export async function playRole(world: World, role: RoleName, name: string): Promise<void> {
  const owner = { name, mortal: false };
  for (let round = 0; round < world.plan.rounds; round++) {
    for (let steps = Math.floor(world.random() * 40); steps > 0; steps--) {
      await world.scheduler.pause(owner, 'waits');
    }
    await world.scheduler.pause(owner, role);
    await playRound(world, role);
  }
}

async function playRound(world: World, role: RoleName): Promise<void> {
  const pick = <T>(values: readonly T[]) => values[Math.floor(world.random() * values.length)]!;
  const table = pick([READINGS, READINGS, QUARANTINE_PATH, ALARMS, GOLD]);
  switch (role) {
    case 'optimize':
      return play((writer) => optimizeTable(writer, table));
    case 'replace':
      return play((writer) => replaceFiles(writer, READINGS, pick([1, 2])));
    case 'gold':
      return play(makeGold);
    case 'checkpoint':
      return play(async (writer) => {
        await writeCheckpoint(prefixedStore(writer.store, `${table}/`), {}, writer.deps);
      });
    case 'sweep':
      return play((writer) => sweepTable(writer, table));
    case 'append':
      return append(world);
  }

  async function play(task: (writer: Writer) => Promise<void>): Promise<void> {
    const outcome = await world.work(role, task);
    if (outcome.kind === 'failed') world.blame(outcome.error);
  }
}

/** A blind append of rows that no progress guards, as a user of the library makes it. */
async function append(world: World): Promise<void> {
  const row = { id: world.appended.length, acknowledged: false };
  world.appended.push(row);
  const outcome = await world.work('append', async ({ store, deps }) => {
    const table = prefixedStore(store, `${NOTES}/`);
    const base = await createTable(table, { schema: notes, partitionColumns: [] }, deps);
    const rows = createBatchBuilder(notes, 1);
    rows.appendRow({ id: row.id });
    const adds = await writeFiles(table, rows.finish(), { partitionColumns: [] }, deps);
    return commit(table, { base, operation: 'WRITE', adds, reads: 'nothing' }, deps);
  });
  if (outcome.kind === 'failed') world.blame(outcome.error);
  if (outcome.kind !== 'done') return;
  if (outcome.value.kind === 'committed') row.acknowledged = true;
  else world.faults.push(`a blind append met a conflict: ${outcome.value.reason}`);
}

/** The platform ends what runs, and hours pass: what was left behind becomes old enough to be swept. */
export async function passNights(world: World): Promise<void> {
  const owner = { name: 'night', mortal: false };
  for (let night = 0; night < world.plan.nights; night++) {
    for (let steps = Math.floor(world.random() * 200); steps > 0; steps--) {
      await world.scheduler.pause(owner, 'waits');
    }
    const tables = [READINGS, QUARANTINE_PATH];
    const work = async (name: string, task: (writer: Writer, table: string) => Promise<unknown>) => {
      for (const table of tables) {
        const outcome = await world.work(name, (writer) => task(writer, table));
        if (outcome.kind === 'failed') world.blame(outcome.error);
      }
    };
    // without a checkpoint from before there is no log to clean afterwards
    if (world.random() < 0.5) {
      await work('checkpoint', ({ store, deps }, table) =>
        writeCheckpoint(prefixedStore(store, `${table}/`), {}, deps),
      );
    }
    world.endWork();
    world.scheduler.advance(3 * RETENTION_MS);
    await world.scheduler.pause(owner, 'is over');
    await work('sweep', sweepTable);
  }
}

/** The fleet's definition changes while attempts are on their way. */
export async function deployLater(world: World): Promise<void> {
  const owner = { name: 'deployment', mortal: false };
  for (let changes = world.plan.definitions.length - 1; changes > 0; changes--) {
    for (let steps = Math.floor(world.random() * 300); steps > 0; steps--) {
      await world.scheduler.pause(owner, 'waits');
    }
    await world.scheduler.pause(owner, 'changes the definition');
    world.deploy();
  }
}
