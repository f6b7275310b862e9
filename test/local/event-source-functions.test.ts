import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { KinesisStreamEvent } from 'aws-lambda';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type EventSourceEvent, startEventSource } from '../../local/event-source.ts';
import { startFunction } from '../../local/function-worker.ts';
import { openSqliteStream } from '../../local/sqlite-stream.ts';
import { readFailedBatches } from './failed-batch-files.ts';
import { temporaryFolder } from './temporary-folder.ts';

const valuesOf = (event: KinesisStreamEvent) =>
  event.Records.map(({ kinesis }) => Buffer.from(kinesis.data, 'base64').toString());

/** A stream, an event source, and a function in worker threads, as the runtime puts them together. */
async function run(
  values: readonly string[],
  settings: { readonly bisect: boolean; readonly retries: number; readonly timeoutMs?: number },
) {
  const folder = temporaryFolder();
  const stream = openSqliteStream(join(folder, 'stream.db'), { shards: 1, clock: Date.now });
  onTestFinished(() => stream.close());
  await stream.append(values.map((value) => ({ key: 'device', payload: Buffer.from(value) })));
  const done: string[] = [];
  const reports: EventSourceEvent[] = [];
  const obedient = startFunction({
    name: 'obedient',
    module: new URL('./fixtures/obedient.ts', import.meta.url),
    env: {},
    size: 2,
    timeoutMs: settings.timeoutMs ?? 20_000,
    memoryMb: 24,
    log: () => undefined,
  });
  onTestFinished(() => obedient.close());
  const source = startEventSource({
    stream,
    consumer: 'c',
    settings: {
      batchSize: 100,
      windowMs: 0,
      bisectOnFunctionError: settings.bisect,
      maximumRetryAttempts: settings.retries,
      maximumRecordAgeMs: undefined,
      initialBackoffMs: 1,
      maximumBackoffMs: 5,
    },
    async invoke(event) {
      const answer = await obedient.invoke(event);
      if (isDeepStrictEqual(answer, { batchItemFailures: [] })) done.push(...valuesOf(event));
      return answer;
    },
    functionArn: obedient.arn,
    failedBatches: join(folder, 'failed-batches'),
    clock: Date.now,
    report: (event) => reports.push(event),
  });
  await source.drain();
  await source.stop();
  return {
    done,
    givenUp: readFailedBatches(join(folder, 'failed-batches')).map((batch) => ({
      values: valuesOf(JSON.parse(batch.payload) as KinesisStreamEvent),
      invocations: batch.requestContext.approximateInvokeCount,
      response: batch.responseContext,
    })),
    errors: reports.flatMap((event) => (event.kind === 'batch-failed' ? [String(event.error)] : [])),
    lag: stream.stats()[0]!.lastPosition - stream.checkpoints('c').get('shardId-000000000000'),
  };
}

const UNHANDLED = { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' };

describe('a function in its own threads, behind the event source', () => {
  it.each([
    ['throws', 'throw', /Error: thrown/, UNHANDLED],
    ['crashes', 'crash', /Runtime\.ExitError: .*exit status 3/, UNHANDLED],
    ['runs out of time', 'hang', /Sandbox\.Timedout: .*Task timed out after 1\.00 seconds/, UNHANDLED],
    ['runs out of memory', 'eat memory', /Runtime\.ExitError: .*out of memory/, UNHANDLED],
    [
      'reports a failure',
      'report',
      /reported 1 failed records/,
      { statusCode: 200, executedVersion: '$LATEST' },
    ],
    [
      'misreports',
      'misreport',
      /no sequence number of the batch/,
      { statusCode: 200, executedVersion: '$LATEST' },
    ],
  ])('that %s for one record loses that one only', async (_, poison, error, response) => {
    const others = Array.from({ length: 9 }, (_value, n) => String(n));
    const result = await run([...others.slice(0, 5), poison, ...others.slice(5)], {
      bisect: true,
      retries: 1,
      ...(poison === 'hang' && { timeoutMs: 1_000 }),
    });
    expect(result.givenUp).toEqual([{ values: [poison], invocations: 2, response }]);
    expect(result.lag).toBe(0);
    // a reported failure says that those before it are done, without the whole batch being so
    expect(others.filter((value) => !result.done.includes(value))).toEqual(
      poison === 'report' ? others.slice(0, 5) : [],
    );
    expect(result.done).toEqual([...result.done].sort());
    for (const each of result.errors) expect(each).toMatch(error);
  });

  it('without bisecting loses the whole batch to the on-failure destination', async () => {
    const result = await run(['0', 'crash', '1'], { bisect: false, retries: 2 });
    expect(result.givenUp).toEqual([{ values: ['0', 'crash', '1'], invocations: 3, response: UNHANDLED }]);
    expect(result).toMatchObject({ done: [], lag: 0 });
  });

  it('that does nothing wrong gets everything once, in order', async () => {
    const values = Array.from({ length: 250 }, (_, n) => String(n));
    expect(await run(values, { bisect: true, retries: 0 })).toEqual({
      done: values,
      givenUp: [],
      errors: [],
      lag: 0,
    });
  });
});
