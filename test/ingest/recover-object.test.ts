import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { parseStreamEvent } from '../../lambdas/ingest/stream-event.ts';
import { createKinesisEvent, streamArn } from '../../local/kinesis-event.ts';
import { defineFleet, double, table, text, topicLevel } from '../../src/fleet/index.ts';
import { ingestBatch } from '../../src/ingest/ingest-batch.ts';
import { recoverObject } from '../../src/ingest/recover-object.ts';
import { replayQuarantine } from '../../src/ingest/replay-quarantine.ts';
import { createMemoryStore } from '../../src/stores/memory-store.ts';
import { type ObjectStore, prefixedStore } from '../../src/stores/object-store.ts';
import type { ShardRun } from '../../src/streams/stream.ts';
import { createEnvironment, interruptible, readRows, runOf, testStream } from '../support/ingest-rig.ts';
import { CLUSTER_ARN, createKafkaEvent } from '../support/kafka-event.ts';
import { mortalStore, verifyRuns } from '../support/replay-rig.ts';

const pumps = (max: number) =>
  defineFleet({
    name: 'pumps',
    tables: {
      readings: table({
        topic: 'pumps/{pump}/reading',
        device: topicLevel('pump'),
        columns: { pump: text({ from: topicLevel('pump') }), value: double({ max }) },
        partition: 'none',
      }),
      audit: table({
        topic: 'pumps/{pump}/reading',
        device: topicLevel('pump'),
        columns: { value: double() },
        partition: 'none',
      }),
    },
  });
const fleet = pumps(10);
const reading = (...values: unknown[]) => ['pumps/a/reading', values.map((value) => ({ value }))] as const;
const KEY = 'aws/lambda/some-mapping/shardId-000000000000/2026/11/24/object';

/** The bucket: the lake below `lake/`, objects of others beside it. */
const lakeOf = (bucket: ObjectStore) => prefixedStore(bucket, 'lake/');

function recover(bucket: ObjectStore, key = KEY, definition = fleet) {
  return recoverObject(key, {
    ...createEnvironment(lakeOf(bucket), [definition]),
    store: bucket,
    runsOf: (event) => parseStreamEvent(event, () => Promise.resolve(testStream)),
  });
}

function failedBatch({ shard, records }: ShardRun): Uint8Array {
  const payload = JSON.stringify(createKinesisEvent(streamArn(testStream), shard, records));
  return Buffer.from(JSON.stringify({ version: '1.0', KinesisBatchInfo: { shardId: shard }, payload }));
}

async function keysOf(store: ObjectStore, prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of store.list(prefix)) keys.push(key);
  return keys;
}

describe('a given-up batch', () => {
  const run = runOf(3, [reading(1, 50), reading('x'), reading(2), ['elsewhere', '{}']]);

  it('becomes rows and failures by origin, and is kept as recovered', async () => {
    const bucket = createMemoryStore();
    await bucket.put(KEY, failedBatch(run));
    expect(await recover(bucket)).toEqual({
      kind: 'recovered',
      key: KEY,
      records: 4,
      rows: 5,
      quarantined: 3,
    });
    expect(await verifyRuns([run], lakeOf(bucket), [fleet])).toMatchObject({ lost: 0, doubled: 0, rows: 5 });
    expect(await keysOf(bucket, 'aws/')).toEqual([]);
    expect(Buffer.from((await bucket.get(`recovered/${KEY}`))!)).toEqual(failedBatch(run));
    expect(await recover(bucket)).toEqual({ kind: 'gone', key: KEY });
  });

  it('of which a part was committed gets the rest, also when an attempt at it was still on its way', async () => {
    const bucket = createMemoryStore();
    const store = interruptible(lakeOf(bucket));
    for (let i = 0; i < 20; i++) store.failNext(/readings\/part-/, 'before');
    await expect(ingestBatch([run], createEnvironment(store, [fleet]))).rejects.toThrow(/planted/);
    await bucket.put(KEY, failedBatch(run));
    const late = createEnvironment(lakeOf(bucket), [fleet]);
    // opens the tables as they were before
    await ingestBatch([{ ...run, shard: 'other', records: run.records.slice(0, 1) }], late);
    await recover(bucket);
    await ingestBatch([run], late).catch((error: unknown) =>
      expect(error).toMatchObject({ retriable: true }),
    );
    await ingestBatch([run], createEnvironment(lakeOf(bucket), [fleet]));
    expect(await verifyRuns([run], lakeOf(bucket), [fleet])).toMatchObject({ lost: 0, doubled: 0 });
  });

  it.each(['before', 'after'] as const)('whose recovery dies %s any call is recovered once', async (when) => {
    const fresh = async () => {
      const bucket = createMemoryStore();
      await bucket.put(KEY, failedBatch(run));
      return bucket;
    };
    const { store: unharmed, calls } = mortalStore(await fresh(), Infinity, when);
    await recover(unharmed);
    const total = calls();
    for (let at = 0; at < total; at++) {
      const bucket = await fresh();
      await expect(recover(mortalStore(bucket, at, when).store)).rejects.toThrow();
      // by the time somebody tries again the definition may be another
      const later = at % 2 === 0 ? fleet : pumps(100);
      await recover(bucket, KEY, later);
      await replayQuarantine({}, createEnvironment(lakeOf(bucket), [later]));
      const verification = await verifyRuns([run], lakeOf(bucket), [later]);
      expect({ at, ...verification }).toMatchObject({ at, lost: 0, doubled: 0 });
      expect(await bucket.get(`recovered/${KEY}`)).toBeDefined();
      expect(await keysOf(bucket, 'aws/')).toEqual([]);
    }
  });

  it('that two bring back at once stands there once', async () => {
    for (let round = 0; round < 10; round++) {
      const bucket = createMemoryStore();
      await bucket.put(KEY, failedBatch(run));
      await Promise.all([recover(bucket), recover(bucket)]);
      expect(await verifyRuns([run], lakeOf(bucket), [fleet])).toMatchObject({
        lost: 0,
        doubled: 0,
        rows: 5,
      });
    }
  });

  it('of a table that refuses goes to the quarantine, and comes back from there', async () => {
    const bucket = createMemoryStore();
    const lake = lakeOf(bucket);
    const other = defineFleet({
      name: 'pumps',
      tables: {
        readings: table({
          topic: 'pumps/{pump}/reading',
          device: topicLevel('pump'),
          columns: { pump: double(), value: text() },
          partition: 'none',
        }),
      },
    });
    await ingestBatch(
      [runOf(1, [['pumps/a/reading', { pump: 1, value: 'v' }]])],
      createEnvironment(lake, [other]),
    );
    await bucket.put(KEY, failedBatch(run));
    expect(await recover(bucket)).toMatchObject({ rows: 3, quarantined: 4 });
    const reasons = (await readRows(lake, 'quarantine', ['_position', 'reason'])).map(([, reason]) => reason);
    expect(reasons).toEqual(['table-refused', 'wrong-type', 'table-refused', 'unroutable-topic']);
    expect(await verifyRuns([run], lake, [fleet])).toMatchObject({ lost: 0, doubled: 0 });
  });
});

describe('a given-up batch of Kafka', () => {
  const TOPIC = 'readings';
  const runs = [
    runOf(3, [reading(1, 50), reading('x')], { shard: '0' }),
    runOf(40, [reading(2), ['elsewhere', '{}']], { shard: '2' }),
  ];
  const givenUp = (partitions: readonly ShardRun[]) => {
    // https://docs.aws.amazon.com/lambda/latest/dg/kafka-on-failure.html
    const KafkaBatchInfo = { batchSize: 4, eventSourceArn: CLUSTER_ARN, recordsInfo: {} };
    const payload = JSON.stringify(createKafkaEvent(TOPIC, partitions));
    return Buffer.from(JSON.stringify({ version: '1.0', KafkaBatchInfo, payload }));
  };

  it('comes back by origin, whatever partitions it holds and whatever of it was committed', async () => {
    const bucket = createMemoryStore();
    const environment = () => createEnvironment(lakeOf(bucket), [fleet]);
    const parse = (each: readonly ShardRun[]) =>
      parseStreamEvent(createKafkaEvent(TOPIC, each), () =>
        Promise.reject(new Error('no stream of Kinesis')),
      );
    await ingestBatch(await parse(runs.slice(1)), environment());
    await bucket.put(KEY, givenUp(runs));
    expect(await recover(bucket)).toMatchObject({ kind: 'recovered', records: 4, rows: 3, quarantined: 2 });
    const origins = (path: string) =>
      readRows(lakeOf(bucket), path, ['_stream', '_shard', '_position', '_index']);
    const stream = 'kafka/readings@0a1b2c3d-4e5f-6789-abcd-ef0123456789-7';
    const padded = (position: number) => String(position).padStart(19, '0');
    expect(await origins('pumps/audit')).toEqual([
      [stream, '0', padded(3), '0'],
      [stream, '0', padded(3), '1'],
      [stream, '2', padded(40), '0'],
    ]);
    expect((await origins('quarantine')).map(([, shard, position]) => [shard, position])).toEqual([
      ['0', padded(3)],
      ['0', padded(4)],
      ['2', padded(41)],
    ]);
    // what was given up is passed: the event source may bring it again nevertheless
    expect(await ingestBatch(await parse(runs), environment())).toMatchObject({ rows: {}, quarantined: 0 });
    await bucket.put(KEY, givenUp(runs));
    expect(await recover(bucket)).toMatchObject({ rows: 0, quarantined: 0 });
  });
});

describe('what a rule could not put', () => {
  const object = (topic: string, payload: string) =>
    Buffer.from(
      JSON.stringify({
        ruleName: 'pumps',
        topic,
        base64OriginalPayload: Buffer.from(payload).toString('base64'),
        failures: [{ failedAction: 'KinesisAction', errorMessage: 'throttled' }],
      }),
    );

  it('becomes a row whose origin is the object, once', async () => {
    const bucket = createMemoryStore();
    const bytes = object('pumps/a/reading', '[{"value":1},{"value":50}]');
    const origins = () =>
      readRows(lakeOf(bucket), 'pumps/readings', ['_stream', '_shard', '_position', '_index', '_topic']);
    for (let times = 0; times < 2; times++) {
      await bucket.put('rule-errors/pumps/x.json', bytes);
      expect(await recover(bucket, 'rule-errors/pumps/x.json')).toMatchObject({ kind: 'recovered' });
      const digest = createHash('sha256').update(bytes).digest('hex');
      expect(await origins()).toEqual([[`iot-error/${digest}`, '0', '0'.repeat(19), '0', 'pumps/a/reading']]);
    }
    expect(await replayQuarantine({}, createEnvironment(lakeOf(bucket), [pumps(100)]))).toMatchObject({
      rows: 1,
      resolved: 1,
    });
    expect(await origins()).toHaveLength(2);
  });

  it.each([
    ['no JSON', 'hello'],
    ['no object', '[]'],
    ['something else', '{"hello":1}'],
    ['a batch without its payload', '{"KinesisBatchInfo":{}}'],
    ['a batch of Kafka whose records are none', '{"KafkaBatchInfo":{},"payload":"{\\"records\\":[]}"}'],
    ['a message without its topic', '{"base64OriginalPayload":"e30="}'],
  ])('but is %s stays where it is, and is named', async (_, content) => {
    const bucket = createMemoryStore();
    await bucket.put('rule-errors/y.json', Buffer.from(content));
    await expect(recover(bucket, 'rule-errors/y.json')).rejects.toThrow(/^rule-errors\/y\.json/);
    expect(await keysOf(bucket, '')).toEqual(['rule-errors/y.json']);
  });
});
