import type { Random } from '../../src/clock.ts';
import type { StreamKind } from '../../src/streams/stream.ts';
import type { Definition } from './messages.ts';
import type { Pace } from './scheduler.ts';

/** What writes beside the event source. */
export type RoleName = 'optimize' | 'replace' | 'gold' | 'checkpoint' | 'sweep' | 'append';

const ROLES: readonly RoleName[] = ['optimize', 'replace', 'gold', 'checkpoint', 'sweep', 'append'];

/** What happens in a schedule, drawn from its seed before it begins. */
export type Plan = {
  readonly kind: StreamKind;
  readonly shards: number;
  /** records of each shard */
  readonly records: number;
  /** one batch holds a run of every shard, as with Kafka; else every shard has an event source of its own */
  readonly together: boolean;
  readonly definitions: readonly Definition[];
  /** somebody made the alarms' table first, and partitioned it otherwise: it refuses for good */
  readonly foreign: boolean;
  readonly roles: readonly RoleName[];
  /** how often each role works */
  readonly rounds: number;
  /** times at which the platform ends everything that runs, and hours pass */
  readonly nights: number;
  readonly faultRate: number;
  readonly pace: Pace;
  /** how likely an attempt is taken for dead while it runs on, so that another begins beside it */
  readonly impatience: number;
  /** how likely a batch is given up after a failure, to come back by origin later */
  readonly surrender: number;
  /** how likely a batch comes again although it was done */
  readonly repeats: number;
};

export function drawPlan(random: Random): Plan {
  const pick = <T>(values: readonly T[]) => values[Math.floor(random() * values.length)]!;
  const shards = pick([1, 1, 2, 3]);
  const together = random() < 0.4;
  const sources = together ? 1 : shards;
  // two to four writers at once, those that were given up not counted
  const roles = Array.from({ length: pick([2, 3, 4]) - Math.min(sources, 2) }, () => pick(ROLES));
  const strict = { max: 10, note: random() < 0.3 };
  const lax = { max: 100, note: random() < 0.3 };
  return {
    kind: together ? 'kafka' : pick(['kinesis', 'sqlite']),
    shards,
    records: 3 + Math.floor(random() * (shards === 1 ? 16 : 8)),
    together,
    definitions: pick([[lax], [lax], [strict, lax], [lax, strict]]),
    foreign: random() < 0.1,
    roles,
    rounds: 1 + Math.floor(random() * 3),
    nights: random() < 0.25 ? 1 + Math.floor(random() * 2) : 0,
    faultRate: pick([0, 0.02, 0.1, 0.3, 0.6]),
    pace: { stay: pick([0, 0.5, 0.9, 0.97]), crash: pick([0, 0.005, 0.02, 0.1]), crashes: pick([1, 2, 5]) },
    impatience: pick([0, 0.1, 0.5]),
    surrender: pick([0, 0, 0.3]),
    repeats: pick([0, 0.1, 0.4]),
  };
}
