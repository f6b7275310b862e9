import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Context, MSKEvent } from 'aws-lambda';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { parseStreamEvent } from '../../lambdas/ingest/stream-event.ts';
import { createKinesisEvent } from '../../local/kinesis-event.ts';
import type { StreamEvent } from '../../src/ingest/given-up-object.ts';
import { ingestShards } from '../../src/ingest/ingest-shards.ts';
import { createFolderStore } from '../../src/stores/folder-store.ts';
import { createMemoryStore } from '../../src/stores/memory-store.ts';
import type { ObjectStore } from '../../src/stores/object-store.ts';
import { presses, wells } from '../lib/support/fleets.ts';
import { createEnvironment, interruptible, readRows, runOf } from '../support/ingest-rig.ts';
import { CLUSTER_ARN, createKafkaEvent, type Partition } from '../support/kafka-event.ts';
import { mortalStore } from '../support/replay-rig.ts';

const KINESIS_ARN = 'arn:aws:kinesis:eu-central-1:123456789012:stream/readings';
const TOPIC = 'readings';
const fleets = [wells, presses];

const force = (line: string, value: unknown) => [`plant/${line}/press/force`, { value }] as const;
const level = (well: string, level_m: unknown) =>
  [`wells/${well}/level`, { at: '2026-01-02T03:00:00Z', level_m }] as const;

/** Partitions of a stream, whichever it is. */
function partition(
  shard: string,
  from: number,
  messages: Parameters<typeof runOf>[1],
  arrivedAt?: number,
): Partition {
  return runOf(from, messages, { shard, ...(arrivedAt === undefined ? {} : { arrivedAt }) });
}

/** A batch as each kind of event source hands it over: Kinesis an invocation a shard, Kafka all partitions in one. */
const KINDS = {
  kinesis: (partitions: readonly Partition[]): readonly StreamEvent[] =>
    partitions.map(({ shard, records }) => createKinesisEvent(KINESIS_ARN, shard, records)),
  kafka: (partitions: readonly Partition[]): readonly StreamEvent[] => [createKafkaEvent(TOPIC, partitions)],
} as const;

const identify = () => Promise.resolve({ kind: 'kinesis', id: 'readings@1' } as const);

async function ingest(
  store: ObjectStore,
  events: readonly StreamEvent[],
  environment = environmentOf(store),
) {
  const failed: unknown[] = [];
  const rows: Record<string, number> = {};
  for (const event of events) {
    const outcome = await ingestShards(await parseStreamEvent(event, identify), environment, () => true);
    failed.push(...outcome.failed.map(({ error }) => error));
    for (const [table, count] of Object.entries(outcome.report.rows))
      if (count > 0) rows[table] = (rows[table] ?? 0) + count;
  }
  return { failed, rows };
}

function environmentOf(store: ObjectStore) {
  return createEnvironment(store, fleets);
}

async function rowsIn(store: ObjectStore) {
  const columns = ['_shard', '_position', '_index'];
  return {
    forces: await readRows(store, 'presses/forces', columns),
    levels: await readRows(store, 'wells/levels', columns),
    quarantine: await readRows(store, 'quarantine', columns),
  };
}

describe.each(Object.keys(KINDS) as (keyof typeof KINDS)[])('events of %s', (kind) => {
  const eventsOf = KINDS[kind];
  const batch = [
    partition('0', 0, [force('a', 1), level('w', 2), force('b', 3)]),
    partition('1', 70, [level('v', 'x'), force('c', 4)]),
    partition('2', 5, [['elsewhere', 'hello'], level('u', 5)]),
  ];
  const counts = async (store: ObjectStore) => {
    const { forces, levels, quarantine } = await rowsIn(store);
    for (const rows of [forces, levels, quarantine]) expect(new Set(rows.map(String)).size).toBe(rows.length);
    return [forces.length, levels.length, quarantine.length];
  };

  it('become rows, and each partition its own progress', async () => {
    const store = createMemoryStore();
    expect(await ingest(store, eventsOf(batch))).toEqual({
      failed: [],
      rows: { 'presses/forces': 3, 'wells/levels': 2 },
    });
    expect(await counts(store)).toEqual([3, 2, 2]);
    // what lies beyond, of one partition only
    const more = [partition('1', 70, [level('v', 'x'), force('c', 4), force('c', 5)])];
    expect(await ingest(store, eventsOf(more))).toEqual({ failed: [], rows: { 'presses/forces': 1 } });
  });

  it('add nothing when they come again, to the same environment or to a new one', async () => {
    const store = createMemoryStore();
    const environment = environmentOf(store);
    await ingest(store, eventsOf(batch), environment);
    expect(await ingest(store, eventsOf(batch), environment)).toEqual({ failed: [], rows: {} });
    expect(await ingest(store, eventsOf(batch))).toEqual({ failed: [], rows: {} });
    expect(await counts(store)).toEqual([3, 2, 2]);
  });

  it('that are split otherwise when they come again add what is missing', async () => {
    const store = createMemoryStore();
    const first = batch.map(({ shard, records }) => ({ shard, records: records.slice(0, 1) }));
    await ingest(store, eventsOf(first));
    await ingest(store, eventsOf(batch.toReversed()));
    expect(await counts(store)).toEqual([3, 2, 2]);
  });

  it.each(['before', 'after'] as const)('neither lose nor double when killed %s any call', async (when) => {
    const { store: unharmed, calls } = mortalStore(createMemoryStore(), Infinity, when);
    await ingest(unharmed, eventsOf(batch));
    const total = calls();
    expect(total).toBeGreaterThan(10);
    for (let at = 0; at < total; at++) {
      const store = createMemoryStore();
      await ingest(mortalStore(store, at, when).store, eventsOf(batch));
      await ingest(store, eventsOf(batch));
      expect([at, ...(await counts(store))]).toEqual([at, 3, 2, 2]);
    }
  });

  it('keep their bytes, their topic and the stream’s time', async () => {
    const store = createMemoryStore();
    await ingest(store, eventsOf([partition('3', 9, [['nowhere/é', '\u0000 not json']])]));
    const columns = ['_topic', 'payload', '_arrived_at', '_position'];
    const [[topic, payload, arrivedAt, position] = []] = await readRows(store, 'quarantine', columns);
    expect([topic, payload]).toEqual(['nowhere/é', '\u0000 not json']);
    expect(Number(arrivedAt) / 1000).toBe(Date.UTC(2026, 0, 2, 3) + 9);
    expect(Number(position)).toBe(9);
  });
});

describe('a partition that is sick', () => {
  const LATER = Date.UTC(2026, 0, 3);

  it('keeps no other of its batch waiting', async () => {
    const store = createMemoryStore();
    await ingest(store, KINDS.kafka([partition('1', 0, [force('b', 1), force('b', 2)])]));
    const batch = [
      partition('0', 0, [force('a', 1)], LATER),
      // the topic was made anew: offsets begin again, much later
      partition('1', 0, [force('b', 3)], LATER),
      partition('2', 0, [force('c', 4), level('w', 5)], LATER),
    ];
    const { failed } = await ingest(store, KINDS.kafka(batch));
    expect(failed.map(String)).toEqual([
      expect.stringMatching(/kafka\/readings@0a1b2c3d.*\/1 .*made anew under the same identity/),
    ]);
    const { forces, levels } = await rowsIn(store);
    expect(forces.map(([shard]) => shard)).toEqual(['0', '1', '1', '2']);
    expect(levels.map(([shard]) => shard)).toEqual(['2']);
  });

  it('comes again when there is no time left to try it', async () => {
    const store = interruptible(createMemoryStore());
    const batch = KINDS.kafka([partition('0', 0, [force('a', 1)]), partition('1', 0, [force('b', 1)])]);
    const runs = await parseStreamEvent(batch[0]!, identify);
    store.failNext(/forces\/part-/, 'before');
    const outcome = await ingestShards(runs, environmentOf(store), () => false);
    expect(outcome.failed.map(({ run }) => run.shard)).toEqual(['0', '1']);
    expect(await ingest(store, batch)).toMatchObject({ failed: [], rows: { 'presses/forces': 2 } });
  });
});

describe('records of Kafka', () => {
  it('without a key, or with one that is no text, go to the quarantine byte for byte', async () => {
    const store = createMemoryStore();
    const event = createKafkaEvent(TOPIC, [partition('0', 0, [force('a', 1), force('b', 2), force('c', 3)])]);
    const records = event.records[`${TOPIC}-0`]! as { key: string | null; value: string | null }[];
    records[0]!.key = null;
    records[1]!.key = Buffer.from([0x70, 0xff, 0x2f]).toString('base64');
    records[2]!.value = null;
    expect(await ingest(store, [event])).toEqual({ failed: [], rows: {} });
    expect(await readRows(store, 'quarantine', ['_position', 'reason', '_topic', 'payload'])).toEqual([
      [padded(0), 'unroutable-topic', '', '{"value":1}'],
      [padded(1), 'unroutable-topic', '', '{"value":2}'],
      [padded(2), expect.any(String), 'plant/c/press/force', ''],
    ]);
  });

  it('belong to a topic of one cluster: the same name on another is another stream', async () => {
    const store = createMemoryStore();
    const event = createKafkaEvent(TOPIC, [partition('0', 0, [force('a', 1)])]);
    await ingest(store, [event]);
    const elsewhere = { ...event, eventSourceArn: CLUSTER_ARN.replace('0a1b', 'ffff') };
    expect(await ingest(store, [elsewhere])).toEqual({ failed: [], rows: { 'presses/forces': 1 } });
    expect(await readRows(store, 'presses/forces', ['_stream'])).toEqual([
      ['kafka/readings@0a1b2c3d-4e5f-6789-abcd-ef0123456789-7'],
      ['kafka/readings@ffff2c3d-4e5f-6789-abcd-ef0123456789-7'],
    ]);
  });

  it.each([
    [{ ...createKafkaEvent(TOPIC, []), eventSource: 'SelfManagedKafka' }, /no batch of Kinesis/],
    [
      { ...createKafkaEvent(TOPIC, [partition('0', 0, [force('a', 1)])]), eventSourceArn: 'arn:aws:kafka:x' },
      /is no cluster of MSK/,
    ],
  ])('of something else are refused', async (event, error) => {
    await expect(parseStreamEvent(event as MSKEvent, identify)).rejects.toThrow(error);
  });

  const padded = (offset: number) => String(offset).padStart(19, '0');
});

describe('the function', () => {
  const context = { getRemainingTimeInMillis: () => 300_000 } as Context;
  const LATER = Date.UTC(2026, 0, 3);
  const weather = (shard: string, from: number, arrivedAt: number): Partition =>
    partition(
      shard,
      from,
      [0, 1].map((hour) => [
        `weather/station-${shard}/observation`,
        {
          location: 'Chicago',
          timestamp: new Date(arrivedAt - hour * 3_600_000).toISOString(),
          temperature_c: 20,
          humidity_pct: 40,
          precipitation_mm: 0,
          wind_speed_kmh: 12,
        },
      ]),
      arrivedAt,
    );

  async function open() {
    const folder = mkdtempSync(join(tmpdir(), 'tributary-ingest-'));
    vi.stubEnv('LAKE_URL', pathToFileURL(folder).href);
    vi.stubEnv('POWERTOOLS_LOG_LEVEL', 'SILENT');
    vi.stubEnv('POWERTOOLS_METRICS_DISABLED', 'true');
    onTestFinished(() => void vi.unstubAllEnvs());
    vi.resetModules();
    const { handler } = await import('../../lambdas/ingest/handler.ts');
    const invoke = (event: StreamEvent) => Promise.resolve(handler(event, context));
    return { invoke, store: createFolderStore(folder) };
  }

  it('names every record of a sick partition, and none of the others', async () => {
    const { invoke, store } = await open();
    expect(await invoke(createKafkaEvent(TOPIC, [weather('1', 5, Date.UTC(2026, 0, 2))]))).toEqual({
      batchItemFailures: [],
    });
    const batch = ['0', '1', '2'].map((shard) => weather(shard, 5, LATER));
    expect(await invoke(createKafkaEvent(TOPIC, batch))).toEqual({
      batchItemFailures: [
        { itemIdentifier: { partition: 'readings-1', offset: 5 } },
        { itemIdentifier: { partition: 'readings-1', offset: 6 } },
      ],
    });
    const shards = (await readRows(store, 'weather/observations', ['_shard'])).map(([shard]) => shard);
    expect(shards).toEqual(['0', '0', '1', '1', '2', '2']);
  });

  it('rejects where no partition got through, so that somebody hears of it', async () => {
    const { invoke } = await open();
    await invoke(createKafkaEvent(TOPIC, [weather('1', 5, Date.UTC(2026, 0, 2))]));
    await expect(invoke(createKafkaEvent(TOPIC, [weather('1', 5, LATER)]))).rejects.toThrow(/made anew/);
  });

  it('takes what Lambda’s documentation gives as an event, as far as it goes', async () => {
    const { invoke, store } = await open();
    const event = {
      eventSource: 'aws:kafka',
      eventSourceArn:
        'arn:aws:kafka:us-east-1:123456789012:cluster/vpc-2priv-2pub/751d2973-a626-431c-9d4e-d7975eb44dd7-2',
      bootstrapServers: 'b-2.demo-cluster-1.a1bcde.c1.kafka.us-east-1.amazonaws.com:9092',
      records: {
        'mytopic-0': [
          {
            topic: 'mytopic',
            partition: 0,
            offset: 15,
            timestamp: 1545084650987,
            timestampType: 'CREATE_TIME',
            key: 'abcDEFghiJKLmnoPQRstuVWXyz1234==',
            value: 'SGVsbG8sIHRoaXMgaXMgYSB0ZXN0Lg==',
            headers: [{ headerKey: [104, 101, 97, 100, 101, 114, 86, 97, 108, 117, 101] }],
          },
        ],
      },
    } as MSKEvent;
    expect(await invoke(event)).toEqual({ batchItemFailures: [] });
    expect(await readRows(store, 'quarantine', ['_stream', 'payload'])).toEqual([
      ['kafka/mytopic@751d2973-a626-431c-9d4e-d7975eb44dd7-2', 'Hello, this is a test.'],
    ]);
  });
});
