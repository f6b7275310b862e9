import { setTimeout as sleep } from 'node:timers/promises';
import { TributaryError } from '../src/errors.ts';
import type { EventSource } from './event-source.ts';

/** Bisecting ten thousand records down to one takes fourteen failures; with this many in a row the lake itself is sick. */
const HOPELESS_FAILURES = 30;
const LOOK_MS = 500;

/** Drains, but not for ever: rejects where all invocations fail and fail. What is not committed stays on the stream. */
export async function drainPatiently(source: Pick<EventSource, 'drain' | 'status'>): Promise<void> {
  const settled = new AbortController();
  const drained = source.drain().finally(() => settled.abort());
  // given up on: nobody hears how it ends
  drained.catch(() => undefined);
  while (!settled.signal.aborted) {
    const { failuresInARow, lastError } = source.status();
    if (failuresInARow >= HOPELESS_FAILURES) {
      throw new TributaryError(
        `ingest failed ${failuresInARow} times in a row, last with ${lastError}: look into logs/ingest.log and start again, ` +
          'what is not committed is still on the stream',
      );
    }
    await sleep(LOOK_MS, undefined, { signal: settled.signal }).catch(() => undefined); // settled: the loop ends
  }
  await drained;
}
