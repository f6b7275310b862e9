import type { DeltaDeps } from './deps.ts';

const MAX_TRIES = 8;
const FIRST_WAIT_MS = 50;
const LONGEST_WAIT_MS = 5_000;

/** Whether an error says that the same call may succeed later. */
export function isRetriable(error: unknown): boolean {
  return error instanceof Error && 'retriable' in error && error.retriable === true;
}

/** Does `work` again while it fails with retriable errors: at most eight times, with jittered, growing waits. */
export async function withRetries<T>(
  work: () => Promise<T>,
  deps: Pick<DeltaDeps, 'random' | 'sleep'>,
): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work();
    } catch (error) {
      if (!isRetriable(error) || tries === MAX_TRIES) throw error;
      await deps.sleep(jitteredWait(tries, deps.random));
    }
  }
}

/** Milliseconds before try `tries + 1`: anything up to a bound that grows by a factor, so that rivals part. */
export function jitteredWait(tries: number, random: () => number, growth = 2): number {
  return Math.ceil(random() * Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * growth ** (tries - 1)));
}
