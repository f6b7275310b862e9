import type { Clock, Random } from '../src/clock.ts';

/** Hands out evenly spaced slots, at most `perSecond` a second: each call takes the next and says how many ms it is away. */
export function createPacer(perSecond: number, clock: Clock): () => number {
  let next = -Infinity;
  return () => {
    const now = clock();
    const slot = Math.max(next, now);
    next = slot + 1000 / perSecond;
    return slot - now;
  };
}

/** Milliseconds to wait after so many failures in a row: doubling from 100 ms to 10 s, jittered by half. */
export function backoff(failures: number, random: Random): number {
  return Math.min(10_000, 100 * 2 ** failures) * (0.5 + random() / 2);
}

/** Resolves after so many milliseconds, or at once when the signal aborts. */
export function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  // below a timer's resolution, waiting would only slow the pace down
  if (milliseconds < 1 || signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const finish = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', finish);
      resolve();
    };
    const timer = setTimeout(finish, milliseconds);
    signal.addEventListener('abort', finish);
  });
}
