import type { Clock, Random } from '../../src/clock.ts';

/** Whoever takes steps: a writer, or what drives writers. A mortal one can be crashed. */
export type Owner = { readonly name: string; readonly mortal: boolean };

type Waiting = {
  readonly owner: Owner;
  readonly label: string;
  readonly at: number;
  readonly resume: () => void;
};

/** How a schedule picks the next step; see `drawPlan`. */
export type Pace = {
  /** how likely the owner of the last step goes on: 0 mixes at every step, near 1 preempts rarely */
  readonly stay: number;
  /** how likely a mortal owner crashes instead of taking its step */
  readonly crash: number;
  /** crashes of a schedule at most */
  readonly crashes: number;
};

export type Scheduler = {
  readonly clock: Clock;
  /** Every step that was taken, in order. */
  readonly trace: readonly string[];
  /** Resolves when the schedule gets to it, not before `milliseconds` from now. */
  pause(owner: Owner, label: string, milliseconds?: number): Promise<void>;
  /** What the owner waits for never comes. */
  drop(owner: Owner): void;
  advance(milliseconds: number): void;
  /** From here on nobody crashes. */
  calm(): void;
  /** Takes steps until `isOver`. Rejects where nobody can take one, or there is no end to them. */
  run(isOver: () => boolean, crash: (owner: Owner) => void): Promise<void>;
};

/** Milliseconds that a step takes at most. */
const STEP_MS = 30;
/** A healthy schedule has some hundreds. */
const MAX_STEPS = 50_000;

/**
 * One thread, one seed: everything asynchronous in a simulated writer waits in `pause`, and the scheduler lets one go at a
 * time. Between two steps all promises that can settle do, so that the order of everything follows from `random` alone.
 */
export function createScheduler(random: Random, pace: Pace, start: number): Scheduler {
  const trace: string[] = [];
  const waiting: Waiting[] = [];
  let now = start;
  let last: Owner | undefined;
  let { crashes } = pace;

  function choose(): Waiting {
    const stays = random() < pace.stay;
    const own = stays ? waiting.findIndex(({ owner }) => owner === last) : -1;
    const at = own >= 0 ? own : Math.floor(random() * waiting.length);
    return waiting.splice(at, 1)[0]!;
  }

  return {
    clock: () => now,
    trace,
    pause: (owner, label, milliseconds = 0) =>
      new Promise((resume) => waiting.push({ owner, label, at: now + Math.ceil(milliseconds), resume })),
    drop(owner) {
      for (let i = waiting.length - 1; i >= 0; i--) if (waiting[i]!.owner === owner) waiting.splice(i, 1);
    },
    advance(milliseconds) {
      now += milliseconds;
      trace.push(`${milliseconds} ms pass`);
    },
    calm: () => void (crashes = 0),
    async run(isOver, crash) {
      for (;;) {
        await settle();
        if (isOver()) return;
        if (waiting.length === 0) throw new Error('nobody can take a step, and the work is not done');
        if (trace.length >= MAX_STEPS) throw new Error(`no end after ${MAX_STEPS} steps`);
        const step = choose();
        const { owner, label } = step;
        now = Math.max(now + Math.ceil(random() * STEP_MS), step.at);
        last = owner;
        if (owner.mortal && random() < pace.crash && crashes > 0) {
          crashes--;
          trace.push(`${owner.name} crashes before: ${label}`);
          crash(owner);
        } else {
          trace.push(`${owner.name} ${label}`);
          step.resume();
        }
      }
    },
  };
}

/** Until every promise that can settle has: one turn of the event loop, with no wall clock in it. */
function settle(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
