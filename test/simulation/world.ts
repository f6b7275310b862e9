import type { Random } from '../../src/clock.ts';
import type { Fleet } from '../../src/fleet/model.ts';
import type { IngestReport } from '../../src/ingest/ingest-batch.ts';
import { scheduleFaults } from '../../src/stores/fault-schedule.ts';
import { createDisk, type Disk } from './disk.ts';
import { definePlant, drawShard, type Shard } from './messages.ts';
import type { Plan } from './plan.ts';
import { createScheduler, type Owner, type Scheduler } from './scheduler.ts';
import { createWriter, type Outcome, type Writer } from './writer.ts';

/** A fixed afternoon, so that arrivals cross midnight. */
const START = Date.UTC(2026, 0, 2, 23, 58);

/** An attempt at a batch, by its number. `report`: undefined where it failed or crashed. */
export type Attempt = {
  readonly attempt: number;
  readonly report: IngestReport | undefined;
};

/** Rows of `append`, which nobody repeats: `acknowledged` ones stand once, the others once at most. */
export type Appended = { readonly id: number; acknowledged: boolean };

export type World = {
  readonly plan: Plan;
  readonly random: Random;
  readonly scheduler: Scheduler;
  readonly disk: Disk;
  readonly shards: readonly Shard[];
  readonly attempts: Attempt[];
  readonly appended: Appended[];
  /** errors that a store's illness does not explain */
  readonly faults: string[];
  /** whether nobody works: attempts that were given up may still */
  isIdle(): boolean;
  /** Takes note of what an attempt failed with: only what passes may stop one. */
  blame(error: unknown): void;
  /** A task in a writer that is free, or in a new one. What nobody waits for goes on all the same. */
  work<T>(name: string, task: (writer: Writer) => Promise<T>): Promise<Outcome<T> & Pick<Attempt, 'attempt'>>;
  /** From now on writers begin with the next definition; those that are free end. */
  deploy(): void;
  /** Ends every writer at work. */
  endWork(): void;
  crash(owner: Owner): void;
  /** Every fault is over. */
  heal(): void;
};

export function createWorld(plan: Plan, random: Random): World {
  const scheduler = createScheduler(random, plan.pace, START);
  const disk = createDisk(scheduler.clock);
  const fleets: readonly Fleet[] = plan.definitions.map(definePlant);
  const free: Writer[] = [];
  const busy = new Set<Writer>();
  const faults: string[] = [];
  let version = 0;
  let made = 0;
  let attempts = 0;
  let faulty = true;
  const schedule = scheduleFaults(random, plan.faultRate);

  function hire(name: string): Writer {
    // what is free may lie behind: a warm environment knows the tables as it last saw them
    const warm = random() < 0.7 ? free.splice(Math.floor(random() * free.length), 1)[0] : undefined;
    if (warm !== undefined) return warm;
    return createWriter(`${name}-${++made}`, fleets[version]!, {
      scheduler,
      random,
      disk,
      faults: (call) => (faulty ? schedule(call) : undefined),
    });
  }

  return {
    plan,
    random,
    scheduler,
    disk,
    shards: Array.from({ length: plan.shards }, (_, i) =>
      drawShard(random, { kind: plan.kind, id: '00000000-0000-4000-8000-000000000000' }, `shard-${i}`, {
        length: plan.records,
        start: START,
      }),
    ),
    attempts: [],
    appended: [],
    faults,
    isIdle: () => busy.size === 0,
    blame(error) {
      if (!isPassing(error)) faults.push(describeError(error));
    },
    async work(name, task) {
      const attempt = ++attempts;
      const writer = hire(name);
      const ownVersion = version;
      busy.add(writer);
      const outcome = await writer.run(attempt, () => task(writer));
      busy.delete(writer);
      if (outcome.kind !== 'crashed' && ownVersion === version) free.push(writer);
      return { ...outcome, attempt };
    },
    deploy() {
      version = Math.min(version + 1, fleets.length - 1);
      free.length = 0;
    },
    endWork() {
      for (const writer of busy) writer.crash();
    },
    crash(owner) {
      for (const writer of busy) if (writer.owner === owner) writer.crash();
    },
    heal() {
      faulty = false;
      scheduler.calm();
    },
  };
}

/** A store that stayed ill: whoever tries again later may come through. */
function isPassing(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.every(isPassing);
  return error instanceof Error && 'retriable' in error && error.retriable === true;
}

/** Its message, and whether it has a name of ours. */
export function describeError(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
