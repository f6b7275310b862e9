import { createTable } from '../../src/delta/create-table.ts';
import { field, struct } from '../../src/columns/types.ts';
import { prefixedStore } from '../../src/stores/object-store.ts';
import { seededRandom } from '../support/seed.ts';
import { stillDeps } from '../support/ingest-rig.ts';
import type { Disk } from './disk.ts';
import { feed } from './event-source.ts';
import { ALARMS } from './messages.ts';
import { auditAppends, auditGold, auditReports } from './outcome-audit.ts';
import { drawPlan, type Plan } from './plan.ts';
import { auditReadings } from './reading-audit.ts';
import { deployLater, passNights, playRole } from './roles.ts';
import { auditTable, findTables, type TableAudit } from './table-audit.ts';
import { createWorld, describeError, type World } from './world.ts';

export type ScheduleResult = {
  readonly seed: number;
  readonly plan: Plan;
  /** empty where all that must hold holds */
  readonly problems: readonly string[];
  readonly trace: readonly string[];
  readonly disk: Disk;
};

/** Plays the schedule of a seed to its end and audits what it leaves behind. The same seed does the same, step by step. */
export async function runSchedule(seed: number): Promise<ScheduleResult> {
  const random = seededRandom(seed);
  const plan = drawPlan(random);
  const world = createWorld(plan, random);
  const problems: string[] = [];
  try {
    await play(world);
    problems.push(...world.faults, ...(await audit(world)));
  } catch (error) {
    problems.push(...world.faults, describeError(error));
  }
  return { seed, plan, problems, trace: world.scheduler.trace, disk: world.disk };
}

async function play(world: World): Promise<void> {
  const { plan, random, scheduler } = world;
  if (plan.foreign) await plantForeignTable(world);
  const sources = plan.together ? [world.shards] : world.shards.map((shard) => [shard]);
  const parts = [
    ...sources.map((shards, i) => feed(world, shards, `source ${i}`)),
    ...plan.roles.map((role, i) => playRole(world, role, `role ${i}`)),
    passNights(world),
    deployLater(world),
  ];
  let over = false;
  let fault: Error | undefined;
  void Promise.all(parts).then(
    () => (over = true),
    (error: unknown) => {
      fault = error instanceof Error ? error : new Error(`a part of the schedule failed: ${String(error)}`);
    },
  );
  const isOver = () => over || fault !== undefined;
  await scheduler.run(isOver, world.crash);
  if (fault !== undefined) throw fault;
  // attempts that were given up run on: to their end, or until the platform ends them
  if (random() < 0.5) world.endWork();
  await scheduler.run(world.isIdle, world.crash);
}

/** The alarms' table as somebody else made it: partitioned otherwise, so that it refuses our rows for good. */
async function plantForeignTable({ disk }: World): Promise<void> {
  const definition = { schema: struct([field('machine', 'string')]), partitionColumns: [] };
  await createTable(prefixedStore(disk, `${ALARMS}/`), definition, {
    ...stillDeps(),
    uuid: () => 'ffffffff-0000-4000-8000-000000000000',
  });
}

async function audit(world: World): Promise<string[]> {
  const tables: TableAudit[] = [];
  for (const path of await findTables(world.disk)) tables.push(await auditTable(world.disk, path));
  return [
    ...world.disk.rewritten.map((key) => `${key} was written over`),
    ...tables.flatMap(({ problems }) => problems),
    ...(await auditReadings(world, tables)),
    ...auditReports(world, tables),
    ...(await auditAppends(world, tables)),
    ...(await auditGold(world, tables)),
  ];
}
