import { setTimeout as sleep } from 'node:timers/promises';

const LONGEST_WAIT_MS = 60_000;

/** Looks until there is something. @throws Error that says what was not there in a minute */
export async function waitFor<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  const deadline = performance.now() + LONGEST_WAIT_MS;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() > deadline)
      throw new Error(`${what}: not there after ${LONGEST_WAIT_MS / 1_000} s`);
    await sleep(250);
  }
}
