import { expect, it } from 'vitest';
import { drainPatiently } from '../../local/drain.ts';
import type { EventSourceStatus } from '../../local/event-source.ts';

function source(drain: () => Promise<void>, failuresInARow: number) {
  const status: EventSourceStatus = {
    shards: [],
    batches: 0,
    records: 0,
    failures: failuresInARow,
    givenUp: 0,
    failuresInARow,
    lastError: 'Error: disk full',
  };
  return { drain, status: () => status };
}

it('ends as the drain ends', async () => {
  await drainPatiently(source(() => Promise.resolve(), 0));
  await expect(drainPatiently(source(() => Promise.reject(new Error('stopped')), 3))).rejects.toThrow(
    'stopped',
  );
});

it('gives up on a lake that takes nothing, and says what is wrong and where the records are', async () => {
  await expect(drainPatiently(source(() => new Promise(() => undefined), 30))).rejects.toThrow(
    /ingest failed 30 times in a row, last with Error: disk full: .* still on the stream/,
  );
});
