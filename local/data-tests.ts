import type { Clock } from '../src/clock.ts';
import type { Fleet } from '../src/fleet/model.ts';
import type { DataTestResult } from '../src/models/test-data.ts';

export type DataTests = {
  /** Runs the tests where they are due; resolves with what they came to last. */
  run(): Promise<readonly DataTestResult[]>;
  /** The next run is due whenever it comes. */
  hurry(): void;
  last(): readonly DataTestResult[];
};

/** The data tests of the fleets as a step of the schedule, every so often only. */
export function createDataTests(options: {
  readonly fleets: readonly Fleet[];
  readonly everyMs: number;
  readonly invoke: (event: object) => Promise<unknown>;
  readonly clock: Clock;
}): DataTests {
  let due = options.clock();
  let last: readonly DataTestResult[] = [];
  return {
    async run() {
      if (options.clock() < due || options.fleets.every(({ tests }) => tests.length === 0)) return last;
      const answer = (await options.invoke({})) as { readonly results: readonly DataTestResult[] };
      last = answer.results;
      due = options.clock() + options.everyMs;
      return last;
    },
    hurry() {
      due = -Infinity;
    },
    last: () => last,
  };
}
