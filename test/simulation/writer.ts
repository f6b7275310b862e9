import type { Random } from '../../src/clock.ts';
import type { DeltaDeps } from '../../src/delta/deps.ts';
import type { Fleet } from '../../src/fleet/model.ts';
import type { IngestDeps } from '../../src/ingest/ingest-deps.ts';
import { createFaultyStore, type FaultSchedule } from '../../src/stores/faulty-store.ts';
import type { ObjectStore } from '../../src/stores/object-store.ts';
import { createEnvironment } from '../support/ingest-rig.ts';
import { createScheduledStore } from './scheduled-store.ts';
import type { Owner, Scheduler } from './scheduler.ts';

export type Outcome<T> =
  | { readonly kind: 'done'; readonly value: T }
  | { readonly kind: 'failed'; readonly error: unknown }
  | { readonly kind: 'crashed' };

/**
 * One execution environment: it lives from its first task to its crash or the end of the schedule, and what it remembers
 * dies with it. It works on one task at a time.
 */
export type Writer = {
  readonly owner: Owner;
  readonly deps: DeltaDeps;
  readonly store: ObjectStore;
  readonly ingest: IngestDeps;
  /** `attempt` numbers the tasks of a schedule; it stands in every uuid of the task, and so in its commits and files */
  run<T>(attempt: number, task: () => Promise<T>): Promise<Outcome<T>>;
  crash(): void;
};

export type WriterDeps = {
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly disk: ObjectStore;
  readonly faults: FaultSchedule;
};

export function createWriter(name: string, fleet: Fleet, world: WriterDeps): Writer {
  const { scheduler, random, disk, faults } = world;
  const owner: Owner = { name, mortal: true };
  const pause = (label: string, milliseconds?: number) => scheduler.pause(owner, label, milliseconds);
  let attempt = 0;
  let names = 0;
  let abandon: (() => void) | undefined;
  const deps: DeltaDeps = {
    clock: scheduler.clock,
    random,
    sleep: (milliseconds) => pause(`sleeps ${Math.ceil(milliseconds)} ms`, milliseconds),
    uuid: () => `${formatAttempt(attempt)}-0000-4000-8000-${String(names++).padStart(12, '0')}`,
  };
  const store = createFaultyStore(createScheduledStore(disk, pause), { schedule: faults, sleep: deps.sleep });
  return {
    owner,
    deps,
    store,
    ingest: createEnvironment(store, [fleet], deps),
    run(number, task) {
      attempt = number;
      return new Promise((resolve) => {
        abandon = () => resolve({ kind: 'crashed' });
        task().then(
          (value) => resolve({ kind: 'done', value }),
          (error: unknown) => resolve({ kind: 'failed', error }),
        );
      });
    },
    crash() {
      scheduler.drop(owner);
      abandon?.();
    },
  };
}

/** How an attempt's number begins its uuids. */
export function formatAttempt(attempt: number): string {
  return String(attempt).padStart(8, '0');
}
