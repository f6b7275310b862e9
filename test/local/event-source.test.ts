import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KinesisStreamEvent } from 'aws-lambda';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parseKinesisEvent } from '../../lambdas/ingest/kinesis-event.ts';
import {
  type EventSourceEvent,
  type EventSourceSettings,
  startEventSource,
} from '../../local/event-source.ts';
import {
  createKinesisEvent,
  createRecordMeasure,
  EMPTY_EVENT_BYTES,
  streamArn,
} from '../../local/kinesis-event.ts';
import { shardName } from '../../local/shard-map.ts';
import { openSqliteStream } from '../../local/sqlite-stream.ts';
import { readFailedBatches } from './failed-batch-files.ts';
import { temporaryFolder } from './temporary-folder.ts';

const SETTINGS: EventSourceSettings = {
  batchSize: 10_000,
  windowMs: 0,
  bisectOnFunctionError: false,
  maximumRetryAttempts: undefined,
  maximumRecordAgeMs: undefined,
  initialBackoffMs: 1,
  maximumBackoffMs: 4,
};

/** A stream of one shard unless said otherwise, and starts of event sources over it. */
function setUp(options: { readonly shards?: number; readonly clock?: () => number } = {}) {
  const folder = temporaryFolder();
  const failedBatches = join(folder, 'failed-batches');
  const clock = options.clock ?? Date.now;
  const open = () => openSqliteStream(join(folder, 'stream.db'), { shards: options.shards ?? 1, clock });
  let stream = open();
  onTestFinished(() => stream.close());
  const reports: EventSourceEvent[] = [];
  return {
    failedBatches,
    reports,
    get stream() {
      return stream;
    },
    reopen() {
      stream.close();
      stream = open();
    },
    append: (...values: readonly string[]) =>
      stream.append(values.map((value) => ({ key: 'device', payload: Buffer.from(value) }))),
    start: (settings: Partial<EventSourceSettings>, invoke: (event: KinesisStreamEvent) => unknown) => {
      const source = startEventSource({
        stream,
        consumer: 'ingest',
        settings: { ...SETTINGS, ...settings },
        invoke: (event) => Promise.resolve().then(() => invoke(event)),
        functionArn: 'arn:tributary:lambda:local:0:function:ingest',
        failedBatches,
        clock,
        report: (event) => reports.push(event),
      });
      onTestFinished(() => source.stop());
      return source;
    },
    checkpoint: () => stream.checkpoints('ingest').get(shardName(0)),
  };
}

const valuesOf = (event: KinesisStreamEvent) =>
  event.Records.map(({ kinesis }) => Buffer.from(kinesis.data, 'base64').toString());
const positionsOf = (event: KinesisStreamEvent) => event.Records.map(({ kinesis }) => kinesis.sequenceNumber);

describe('the event', () => {
  it('is what Lambda hands over for Kinesis', async () => {
    const { stream, append, start } = setUp({ clock: () => 1_700_000_000_123 });
    await append('{"a":1}');
    let seen: KinesisStreamEvent | undefined;
    await start({}, (event) => void (seen = event)).drain();
    const arn = `arn:tributary:sqlite:local:0:stream/${stream.identity.id}`;
    expect(seen).toEqual({
      Records: [
        {
          kinesis: {
            kinesisSchemaVersion: '1.0',
            partitionKey: 'device',
            sequenceNumber: '1',
            data: 'eyJhIjoxfQ==',
            approximateArrivalTimestamp: 1_700_000_000.123,
          },
          eventSource: 'aws:kinesis',
          eventVersion: '1.0',
          eventID: 'shardId-000000000000:1',
          eventName: 'aws:kinesis:record',
          invokeIdentityArn: expect.stringContaining('arn:') as string,
          awsRegion: 'local',
          eventSourceARN: arn,
        },
      ],
    });
    const [run] = await parseKinesisEvent(seen!, (each) => Promise.resolve({ kind: 'sqlite', id: each }));
    expect(run!.records[0]).toMatchObject({ key: 'device', position: '1', arrivedAt: 1_700_000_000_123 });
  });

  it('is measured to the byte', () => {
    const arn = streamArn({ kind: 'sqlite', id: 'x' });
    const measure = createRecordMeasure(arn, shardName(3));
    for (const length of [0, 1, 2, 3, 100]) {
      const record = {
        key: 'a/"ß"\n/🌡',
        payload: Buffer.alloc(length),
        position: '123456',
        arrivedAt: 1_700_000_000_120 + length,
      };
      const text = JSON.stringify(createKinesisEvent(arn, shardName(3), [record, record]));
      expect(EMPTY_EVENT_BYTES + 2 * measure(record) - ','.length).toBe(Buffer.byteLength(text));
    }
  });
});

describe('batches', () => {
  it('hold at most batchSize records', async () => {
    const { append, start } = setUp();
    await append(...Array.from({ length: 25 }, (_, n) => String(n)));
    const sizes: number[] = [];
    await start({ batchSize: 10 }, (event) => void sizes.push(event.Records.length)).drain();
    expect(sizes).toEqual([10, 10, 5]);
  });

  it('hold at most 6 MB of invocation payload', async () => {
    const { stream, start } = setUp();
    await stream.append(Array.from({ length: 200 }, () => ({ key: 'k', payload: Buffer.alloc(100_000) })));
    const sizes: number[] = [];
    await start({}, (event) => void sizes.push(Buffer.byteLength(JSON.stringify(event)))).drain();
    expect(sizes.length).toBe(5);
    for (const size of sizes.slice(0, -1)) {
      expect(size).toBeLessThanOrEqual(6 * 1024 * 1024);
      expect(size).toBeGreaterThan(6 * 1024 * 1024 - 140_000);
    }
  });

  it('gather records while the window is open, and drain closes it at once', async () => {
    const { append, start } = setUp();
    const batches: string[][] = [];
    const source = start({ windowMs: 3_600_000 }, (event) => void batches.push(valuesOf(event)));
    for (const value of ['a', 'b', 'c']) {
      await append(value);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(batches).toEqual([]);
    await source.drain();
    expect(batches).toEqual([['a', 'b', 'c']]);
    await append('d');
    await source.drain();
    expect(batches).toEqual([['a', 'b', 'c'], ['d']]);
  });

  it('are invoked as the window closes', async () => {
    const { append, start, checkpoint } = setUp();
    const batches: string[][] = [];
    start({ windowMs: 50 }, (event) => void batches.push(valuesOf(event)));
    await append('a');
    await append('b');
    await expect.poll(checkpoint).toBe(2);
    expect(batches).toEqual([['a', 'b']]);
  });

  it('are picked up without anybody draining', async () => {
    const { append, start, checkpoint } = setUp();
    start({}, () => undefined);
    for (let n = 1; n <= 5; n++) {
      await append(String(n));
      await expect.poll(checkpoint).toBe(n);
    }
  });

  it('of one shard never overlap, of several do', async () => {
    const { stream, start } = setUp({ shards: 4 });
    await stream.append(Array.from({ length: 400 }, (_, n) => ({ key: `k${n}`, payload: Buffer.from('x') })));
    const running = new Map<string, number>();
    let together = 0;
    await start({ batchSize: 10 }, async (event) => {
      const [shard] = event.Records[0]!.eventID.split(':') as [string];
      expect(event.Records.every(({ eventID }) => eventID.startsWith(`${shard}:`))).toBe(true);
      expect(running.get(shard) ?? 0).toBe(0);
      running.set(shard, 1);
      together = Math.max(
        together,
        [...running.values()].reduce((sum, n) => sum + n, 0),
      );
      await new Promise((resolve) => setTimeout(resolve, 1));
      running.set(shard, 0);
    }).drain();
    expect(together).toBe(4);
  });
});

describe('a failing function', () => {
  it('gets the same batch again until it succeeds, and nothing after it meanwhile', async () => {
    const { append, start, checkpoint, reports } = setUp();
    await append('a', 'b');
    const batches: string[][] = [];
    const source = start({ batchSize: 2 }, (event) => {
      batches.push(valuesOf(event));
      if (batches.length < 4) throw new Error('not yet');
    });
    await append('c');
    await source.drain();
    expect(batches).toEqual([['a', 'b'], ['a', 'b'], ['a', 'b'], ['a', 'b'], ['c']]);
    expect(checkpoint()).toBe(3);
    expect(source.status()).toMatchObject({
      failures: 3,
      failuresInARow: 0,
      lastError: 'Error: not yet',
      givenUp: 0,
    });
    expect(reports.filter(({ kind }) => kind === 'batch-failed')).toHaveLength(3);
  });

  it('is given up on after maximumRetryAttempts, and the batch kept', async () => {
    const { append, start, checkpoint, failedBatches, stream } = setUp({ clock: () => 1_700_000_000_123 });
    await append('a', 'b', 'c');
    const batches: string[][] = [];
    const source = start({ batchSize: 2, maximumRetryAttempts: 2 }, (event) => {
      batches.push(valuesOf(event));
      if (valuesOf(event).includes('b')) throw new Error('never');
    });
    await source.drain();
    expect(batches).toEqual([['a', 'b'], ['a', 'b'], ['a', 'b'], ['c']]);
    expect(checkpoint()).toBe(3);
    const [record, ...others] = readFailedBatches(failedBatches);
    expect(others).toEqual([]);
    expect(record).toEqual({
      requestContext: {
        requestId: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
        functionArn: 'arn:tributary:lambda:local:0:function:ingest',
        condition: 'RetryAttemptsExhausted',
        approximateInvokeCount: 3,
      },
      responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
      version: '1.0',
      timestamp: '2023-11-14T22:13:20.123Z',
      KinesisBatchInfo: {
        shardId: 'shardId-000000000000',
        startSequenceNumber: '1',
        endSequenceNumber: '2',
        approximateArrivalOfFirstRecord: '2023-11-14T22:13:20.123Z',
        approximateArrivalOfLastRecord: '2023-11-14T22:13:20.123Z',
        batchSize: 2,
        streamArn: streamArn(stream.identity),
      },
      payload: expect.any(String) as string,
    });
    expect(valuesOf(JSON.parse(record!.payload) as KinesisStreamEvent)).toEqual(['a', 'b']);
    expect(source.status().givenUp).toBe(2);
  });

  it('has its poison record bisected out without using up retries on the others', async () => {
    const { append, start, failedBatches } = setUp();
    const values = Array.from({ length: 100 }, (_, n) => (n === 37 ? 'poison' : String(n)));
    await append(...values);
    const done: string[] = [];
    let attempts = 0;
    const source = start({ bisectOnFunctionError: true, maximumRetryAttempts: 2 }, (event) => {
      if (valuesOf(event).includes('poison')) {
        attempts++;
        throw new Error('poison');
      }
      done.push(...valuesOf(event));
    });
    await source.drain();
    expect(done).toEqual(values.filter((value) => value !== 'poison'));
    const [record, ...others] = readFailedBatches(failedBatches);
    expect(others).toEqual([]);
    expect(valuesOf(JSON.parse(record!.payload) as KinesisStreamEvent)).toEqual(['poison']);
    expect(record!.requestContext.approximateInvokeCount).toBe(3);
    expect(attempts).toBeLessThanOrEqual(7 + 3); // halving a hundred takes seven splits
  });

  it('is not invoked with records beyond maximumRecordAge', async () => {
    let now = 1000;
    const { append, start, failedBatches, checkpoint } = setUp({ clock: () => now });
    await append('old', 'older than allowed too');
    now = 2000;
    await append('young');
    now = 2500;
    const batches: string[][] = [];
    await start({ maximumRecordAgeMs: 1000 }, (event) => void batches.push(valuesOf(event))).drain();
    expect(batches).toEqual([['young']]);
    const [record] = readFailedBatches(failedBatches);
    expect(record).toMatchObject({
      requestContext: { condition: 'RecordAgeExceeded', approximateInvokeCount: 0 },
    });
    expect(record).not.toHaveProperty('responseContext');
    expect(record!.KinesisBatchInfo).toMatchObject({ startSequenceNumber: '1', endSequenceNumber: '2' });
    expect(checkpoint()).toBe(3);
  });

  it('ages while it is retried', async () => {
    let now = 1000;
    const { append, start, failedBatches } = setUp({ clock: () => now });
    await append('a');
    let attempts = 0;
    await start({ maximumRecordAgeMs: 1000 }, () => {
      attempts++;
      now += 400;
      throw new Error('never');
    }).drain();
    expect(attempts).toBe(3);
    expect(readFailedBatches(failedBatches)[0]).toMatchObject({
      requestContext: { condition: 'RecordAgeExceeded', approximateInvokeCount: 3 },
      responseContext: { functionError: 'Unhandled' },
    });
  });

  it('does not lose what cannot be written to the on-failure destination', async () => {
    const { append, failedBatches, checkpoint, reports, start } = setUp();
    const { writeFileSync, rmSync } = await import('node:fs');
    writeFileSync(failedBatches, 'a file where the folder belongs');
    await append('a');
    const source = start({ maximumRetryAttempts: 0 }, () => {
      throw new Error('never');
    });
    await expect.poll(() => reports.some(({ kind }) => kind === 'fault')).toBe(true);
    expect(checkpoint()).toBe(0);
    rmSync(failedBatches);
    await source.drain();
    expect(readFailedBatches(failedBatches)).toHaveLength(1);
    expect(readdirSync(failedBatches).every((name) => name.endsWith('.json'))).toBe(true);
    expect(checkpoint()).toBe(1);
  });
});

describe('reportBatchItemFailures', () => {
  const failing = (...identifiers: readonly unknown[]) => ({
    batchItemFailures: identifiers.map((itemIdentifier) => ({ itemIdentifier })),
  });

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['an empty object', {}],
    ['an empty list', { batchItemFailures: [] }],
    ['a null list', { batchItemFailures: null }],
  ])('takes %s for success', async (_, answer) => {
    const { append, start, checkpoint, reports } = setUp();
    await append('a', 'b');
    await start({}, () => answer).drain();
    expect(checkpoint()).toBe(2);
    expect(reports.map(({ kind }) => kind)).toEqual(['batch-done']);
  });

  it('goes on from the lowest failed record, later successes included', async () => {
    const { append, start, checkpoint } = setUp();
    await append('a', 'b', 'c', 'd', 'e');
    const batches: string[][] = [];
    const checkpoints: number[] = [];
    await start({}, (event) => {
      batches.push(valuesOf(event));
      checkpoints.push(checkpoint());
      return batches.length === 1 ? failing('4', '3') : undefined;
    }).drain();
    expect(batches).toEqual([
      ['a', 'b', 'c', 'd', 'e'],
      ['c', 'd', 'e'],
    ]);
    expect(checkpoints).toEqual([0, 2]);
    expect(checkpoint()).toBe(5);
  });

  it.each([
    ['an unknown identifier', failing('99')],
    ['an unknown identifier beside a known one', failing('2', '99')],
    ['an empty identifier', failing('')],
    ['a null identifier', failing(null)],
    ['a number', failing(2)],
    ['a misspelt key', { batchItemFailures: [{ itemIdentifer: '2' }] }],
    ['a null failure', { batchItemFailures: [null] }],
    ['a list that is none', { batchItemFailures: 'b' }],
    ['text', 'ok'],
    ['a list', []],
  ])('takes %s for a failure of the whole batch', async (_, answer) => {
    const { append, start } = setUp();
    await append('a', 'b', 'c');
    const batches: string[][] = [];
    await start({}, (event) => {
      batches.push(valuesOf(event));
      return batches.length === 1 ? answer : undefined;
    }).drain();
    expect(batches).toEqual([
      ['a', 'b', 'c'],
      ['a', 'b', 'c'],
    ]);
  });

  it('gives up on what is left from the failed record on', async () => {
    const { append, start, failedBatches, checkpoint } = setUp();
    await append('a', 'b', 'c');
    await start({ maximumRetryAttempts: 1 }, () => failing('2')).drain();
    const [record] = readFailedBatches(failedBatches);
    expect(valuesOf(JSON.parse(record!.payload) as KinesisStreamEvent)).toEqual(['b', 'c']);
    expect(record!.responseContext).toEqual({ statusCode: 200, executedVersion: '$LATEST' });
    expect(checkpoint()).toBe(3);
  });

  it('bisects at the failed record, then in halves', async () => {
    const { append, start, failedBatches } = setUp();
    await append('a', 'b', 'poison', 'c', 'd');
    const done: string[] = [];
    await start({ bisectOnFunctionError: true, maximumRetryAttempts: 0 }, (event) => {
      const values = valuesOf(event);
      const bad = values.indexOf('poison');
      done.push(...values.slice(0, bad === -1 ? undefined : bad));
      return bad === -1 ? undefined : failing(positionsOf(event)[bad]);
    }).drain();
    expect(done).toEqual(['a', 'b', 'c', 'd']);
    expect(
      readFailedBatches(failedBatches).map(({ KinesisBatchInfo: info }) => info.startSequenceNumber),
    ).toEqual(['3']);
  });
});

describe('checkpoints', () => {
  it('are where a new start goes on', async () => {
    const setup = setUp();
    await setup.append('a', 'b', 'c');
    const first = setup.start({ batchSize: 2 }, () => undefined);
    await first.drain();
    await first.stop();
    await setup.append('d');
    setup.reopen();
    const batches: string[][] = [];
    await setup.start({}, (event) => void batches.push(valuesOf(event))).drain();
    expect(batches).toEqual([['d']]);
  });

  it('move only after success: a stop waits for the invocation, then what failed comes again', async () => {
    const setup = setUp();
    await setup.append('a');
    let enter: () => void;
    const entered = new Promise<void>((resolve) => (enter = resolve));
    let finish: () => void;
    const first = setup.start({}, async () => {
      enter();
      await new Promise<void>((resolve) => (finish = resolve));
    });
    await entered;
    await setup.append('b');
    const stopped = first.stop();
    finish!();
    await stopped;
    expect(setup.checkpoint()).toBe(1);
    await expect(first.drain()).rejects.toThrow(/stopped/);
    const batches: string[][] = [];
    await setup.start({}, (event) => void batches.push(valuesOf(event))).drain();
    expect(batches).toEqual([['b']]);
  });

  it('stop without waiting for retries, and tell who drains', async () => {
    const { append, start, checkpoint } = setUp();
    await append('a');
    const source = start({ initialBackoffMs: 3_600_000, maximumBackoffMs: 3_600_000 }, () => {
      throw new Error('never');
    });
    const drained = source.drain();
    drained.catch(() => undefined);
    await expect.poll(() => source.status().failures).toBe(1);
    await source.stop();
    await expect(drained).rejects.toThrow(/stopped before it had drained/);
    expect(checkpoint()).toBe(0);
  });

  it('show lag and age', async () => {
    let now = 1000;
    const { append, start } = setUp({ clock: () => now });
    const source = start({ windowMs: 3_600_000 }, () => undefined);
    await append('a', 'b');
    now = 1600;
    expect(source.status().shards).toEqual([
      { shard: shardName(0), checkpoint: 0, lag: 2, iteratorAge: 600 },
    ]);
    await source.drain();
    expect(source.status()).toMatchObject({
      batches: 1,
      records: 2,
      shards: [{ checkpoint: 2, lag: 0, iteratorAge: 0 }],
    });
  });

  it('drains at once where there is nothing', async () => {
    await setUp({ shards: 4 })
      .start({}, () => undefined)
      .drain();
  });

  it('leaves a written destination whole', async () => {
    const { append, start, failedBatches } = setUp();
    await append('a');
    await start({ maximumRetryAttempts: 0 }, () => {
      throw new Error('never');
    }).drain();
    for (const name of readdirSync(failedBatches))
      expect(() => JSON.parse(readFileSync(join(failedBatches, name), 'utf8')) as unknown).not.toThrow();
  });
});
