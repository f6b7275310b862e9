import { ingestBatch } from '../../src/ingest/ingest-batch.ts';
import { recoverBatch } from '../../src/ingest/recover-batch.ts';
import type { ShardRun } from '../../src/streams/stream.ts';
import { runOf, type Shard } from './messages.ts';
import type { World } from './world.ts';

/** Tries at a batch with the store ill, before it is healed: a schedule has to end. */
const PATIENCE = 12;
/** Most steps that an attempt is waited for, where it is not waited for to its end. */
const IMPATIENCE_STEPS = 60;

/**
 * Hands a stream's records to ingest as the event source mapping does: in order within a shard, a batch again and again
 * until it is done, halves after a failure, batches once more although they were done, and a further attempt beside one
 * that was given up and goes on.
 *
 * @param shards their runs come together in one batch
 */
export async function feed(world: World, shards: readonly Shard[], name: string): Promise<void> {
  const { random, plan } = world;
  const owner = { name, mortal: false };
  const cursors = shards.map(() => 0);
  const recoveries: Promise<void>[] = [];

  async function attempt(runs: readonly ShardRun[]): Promise<boolean> {
    const ends = runs.map(({ shard, records }) => `${shard}:${records[0]?.position}+${records.length}`);
    await world.scheduler.pause(owner, `brings ${ends.join(' ')}`);
    const work = world
      .work('ingest', (writer) => ingestBatch(runs, writer.ingest))
      .then((outcome) => {
        const report = outcome.kind === 'done' ? outcome.value : undefined;
        world.attempts.push({ attempt: outcome.attempt, report });
        if (outcome.kind === 'failed') world.blame(outcome.error);
        return outcome.kind === 'done';
      });
    if (random() >= plan.impatience) return work;
    let over = false;
    void work.then(() => (over = true));
    for (let steps = Math.floor(random() * IMPATIENCE_STEPS); steps > 0 && !over; steps--) {
      await world.scheduler.pause(owner, 'waits');
    }
    return over && work;
  }

  async function deliver(runs: readonly ShardRun[], depth: number): Promise<void> {
    for (let tries = 1; ; tries++) {
      if (tries + depth * 3 > PATIENCE) world.heal();
      if (await attempt(runs)) return;
      if (random() < plan.surrender) {
        recoveries.push(recover(world, runs, `${name}, recovery ${recoveries.length}`));
        return;
      }
      if (runs.every(({ records }) => records.length < 2) || random() < 0.7) continue;
      const middles = runs.map(({ records }) => Math.ceil(records.length / 2));
      await deliver(
        slice(runs, (i) => [0, middles[i]!]),
        depth + 1,
      );
      await deliver(
        slice(runs, (i) => [middles[i]!, runs[i]!.records.length]),
        depth + 1,
      );
      return;
    }
  }

  while (cursors.some((cursor, i) => cursor < shards[i]!.records.length)) {
    const starts = cursors.map((cursor) =>
      random() < plan.repeats ? Math.floor(random() * cursor) : cursor,
    );
    const ends = cursors.map((cursor, i) =>
      Math.min(shards[i]!.records.length, cursor + Math.floor(random() * 6) + (i === 0 ? 1 : 0)),
    );
    await deliver(
      slice(
        shards.map((shard, i) => runOf(shard, starts[i]!, ends[i]!)),
        () => [0],
      ),
      0,
    );
    ends.forEach((end, i) => (cursors[i] = end));
  }
  await Promise.all(recoveries);
}

/** What the event source gave up on comes back by origin, beside what goes on (design 5.15), and perhaps once more. */
async function recover(world: World, runs: readonly ShardRun[], name: string): Promise<void> {
  const owner = { name, mortal: false };
  for (let tries = 1; ; tries++) {
    if (tries > PATIENCE) world.heal();
    await world.scheduler.pause(owner, 'begins');
    const outcome = await world.work('recovery', (writer) => recoverBatch(runs, true, writer.ingest));
    if (outcome.kind === 'failed') world.blame(outcome.error);
    if (outcome.kind === 'done' && world.random() >= world.plan.repeats) return;
  }
}

/** Parts of the runs; those that are empty are left out. */
function slice(runs: readonly ShardRun[], part: (i: number) => readonly [number, number?]): ShardRun[] {
  return runs
    .map((run, i) => ({ ...run, records: run.records.slice(...part(i)) }))
    .filter(({ records }) => records.length > 0);
}
