/** One thing that is wrong: which message or reading, and what was found of it. */
export type Violation = {
  readonly kind: 'lost' | 'doubled';
  /** absent where only the origin is known */
  readonly topic?: string;
  /** in the lake; absent where a message's way from device to stream is concerned */
  readonly table?: string;
  readonly origin?: {
    readonly stream: string;
    readonly shard: string;
    readonly position: string;
    readonly index: number;
  };
  readonly detail: string;
};

const SAMPLES = 20;

/** Counts every violation and names the first of each kind. */
export type Violations = {
  /** `name` makes the violation's text only where it will be shown. */
  add(
    kind: Violation['kind'],
    count: number,
    name: () => Promise<Omit<Violation, 'kind'>> | Omit<Violation, 'kind'>,
  ): Promise<void>;
  count(kind: Violation['kind']): number;
  samples(): readonly Violation[];
};

export function createViolations(): Violations {
  const counts = { lost: 0, doubled: 0 };
  const named: Record<Violation['kind'], Violation[]> = { lost: [], doubled: [] };
  return {
    async add(kind, count, name) {
      counts[kind] += count;
      if (named[kind].length < SAMPLES) named[kind].push({ kind, ...(await name()) });
    },
    count: (kind) => counts[kind],
    samples: () => [...named.lost, ...named.doubled],
  };
}
