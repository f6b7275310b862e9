import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { digestPayload, type Ledger, openLedger } from '../../device-sim/ledger.ts';
import { createRandom } from '../../device-sim/random.ts';
import { openSqliteStream, type SqliteStream } from '../../local/sqlite-stream.ts';
import { isFaultless, type Verification, verifyLake } from '../../local/verify.ts';
import { createBatchBuilder } from '../../src/columns/builder.ts';
import { createTableDecoder } from '../../src/decode/decoder.ts';
import { commit } from '../../src/delta/commit.ts';
import { removeOf } from '../../src/delta/remove.ts';
import { loadSnapshot } from '../../src/delta/snapshot.ts';
import { writeFiles } from '../../src/delta/write-files.ts';
import {
  createRouter,
  defineFleet,
  double,
  quarantinePartitionColumns,
  quarantineSchema,
  table,
  tableSchema,
  text,
  topicLevel,
} from '../../src/fleet/index.ts';
import { ingestBatch } from '../../src/ingest/ingest-batch.ts';
import { createMemoryStore } from '../../src/stores/memory-store.ts';
import { type ObjectStore, prefixedStore } from '../../src/stores/object-store.ts';
import { padPosition } from '../../src/streams/position.ts';
import { createEnvironment, stillDeps } from '../support/ingest-rig.ts';

const pumps = defineFleet({
  name: 'pumps',
  tables: {
    readings: table({
      topic: 'pumps/{pump}/reading',
      device: topicLevel('pump'),
      columns: { pump: text({ from: topicLevel('pump') }), bar: double({ max: 100 }) },
      partition: 'none',
    }),
  },
});
/** takes every message of the pumps once more */
const audit = defineFleet({
  name: 'audit',
  tables: {
    events: table({
      topic: 'pumps/{pump}/{kind}',
      device: topicLevel('pump'),
      columns: { kind: text({ from: topicLevel('kind') }) },
      partition: 'none',
    }),
  },
});
const fleets = [pumps, audit];
const decoders = fleets
  .flatMap((fleet) => Object.values(fleet.tables))
  .map((each) => createTableDecoder(each, tableSchema(each)));

let folder: string;
let stream: SqliteStream;
let ledger: Ledger;
let lake: ObjectStore;
let checkpoints: Map<string, string>;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'verify-'));
  stream = openSqliteStream(join(folder, 'stream.db'), { shards: 3, clock: Date.now });
  ledger = openLedger(join(folder, 'ledger.db'));
  lake = createMemoryStore();
  checkpoints = new Map();
});
afterEach(() => {
  stream.close();
  ledger.close();
  rmSync(folder, { recursive: true });
});

type Sent = { readonly attempts?: number; readonly records?: number; readonly acknowledged?: boolean };

async function publish(
  topic: string,
  value: unknown,
  { attempts = 1, records = 1, acknowledged = true }: Sent = {},
): Promise<void> {
  const payload = Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
  let attempt: number | undefined;
  for (let i = 0; i < attempts; i++)
    attempt = await ledger.attempt(topic, digestPayload(payload), Date.now());
  for (let i = 0; i < records; i++) await stream.append([{ key: topic, payload }]);
  if (acknowledged && attempt !== undefined) ledger.acknowledge(attempt);
}

/** A message of which the simulator says that no table takes it. */
async function poison(topic: string, value: unknown, sent?: Sent): Promise<void> {
  const payload = Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
  ledger.inject('poison', topic, digestPayload(payload), Date.now());
  await publish(topic, value, sent);
}

/** Ingests what lies beyond the checkpoints, one record a batch: every row is a file of its own then. */
async function ingest(environment = createEnvironment(lake, fleets)): Promise<void> {
  for (const shard of await stream.shards()) {
    for (;;) {
      const records = await stream.read(shard, checkpoints.get(shard), 1);
      if (records.length === 0) break;
      await ingestBatch([{ stream: stream.identity, shard, records }], environment);
      checkpoints.set(shard, records[0]!.position);
    }
  }
}

const verify = (): Promise<Verification> =>
  verifyLake({ stream, router: createRouter(fleets), decoders, lake, ledger, checkpoints, trimmedUntil: 0 });

/** What a run of mixed messages leaves behind: good, bad, several in one, sent twice, for no table. */
async function publishMixture(): Promise<void> {
  for (let i = 0; i < 12; i++) await publish(`pumps/p${i % 4}/reading`, { bar: i });
  await publish('pumps/p1/reading', [{ bar: 1 }, { bar: 'high' }, { bar: 101 }, { bar: 2 }]);
  await publish('pumps/p2/reading', 'no json');
  await publish('pumps/p3/alarm', { code: 7 });
  await publish('pumps/p3/reading', { bar: 99 }, { attempts: 3, records: 2 });
  await publish('somewhere/else', { bar: 1 });
}

const fileOf = async (path: string, number: number) => {
  const snapshot = (await loadSnapshot(prefixedStore(lake, `${path}/`)))!;
  return { snapshot, file: snapshot.files[number]! };
};

async function change(
  path: string,
  request: Pick<Parameters<typeof commit>[1], 'adds' | 'removes'>,
): Promise<void> {
  const store = prefixedStore(lake, `${path}/`);
  const base = (await loadSnapshot(store))!;
  const result = await commit(store, { base, operation: 'WRITE', reads: 'nothing', ...request }, stillDeps());
  expect(result.kind).toBe('committed');
}

type QuarantineRow = {
  readonly position: string;
  readonly shard: string;
  readonly topic: string;
  readonly payload: string;
};

async function quarantine(
  { position, shard, topic, payload }: QuarantineRow,
  failures: readonly object[],
  resolvedAt: number | null = null,
): Promise<void> {
  const rows = createBatchBuilder(quarantineSchema, 1);
  rows.appendRow({
    _topic: topic,
    _arrived_at: 0,
    _stream: `sqlite/${stream.identity.id}`,
    _shard: shard,
    _position: padPosition('sqlite', position),
    _index: 0,
    reason: 'out-of-range',
    detail: '',
    failures: JSON.stringify(failures),
    payload: Buffer.from(payload),
    resolved_at: resolvedAt,
    _date: 0,
  });
  const store = prefixedStore(lake, 'quarantine/');
  const adds = await writeFiles(
    store,
    rows.finish(),
    { partitionColumns: quarantinePartitionColumns },
    stillDeps(),
  );
  await change('quarantine', { adds });
}

/** The first record of a topic. */
async function findRecord(topic: string): Promise<QuarantineRow> {
  for (const shard of await stream.shards()) {
    for (const record of await stream.read(shard, undefined, 1000)) {
      if (record.key === topic) {
        return { shard, position: record.position, topic, payload: Buffer.from(record.payload).toString() };
      }
    }
  }
  throw new Error(`no record of ${topic}`);
}

describe('a run in which nothing went wrong', () => {
  test('has nothing lost and nothing doubled, whatever was sent', async () => {
    await publishMixture();
    await ingest();
    expect(await verify()).toEqual({
      acknowledged: 17,
      records: 18,
      // by pumps.readings: 12 + 4 + 1 + 2; by audit.events: the same messages' readings, and the alarm's; 1 for no table
      readings: 19 + 20 + 1,
      rows: 12 + 2 + 2 + 12 + 4 + 1 + 2,
      quarantined: 3,
      pending: 0,
      foreign: 0,
      lost: 0,
      doubled: 0,
      faults: { doubled: 0, late: 0, skew: 0, disorder: 0, poison: 0, disconnects: 0 },
      poisons: { injected: 0, acknowledged: 0, quarantined: 0 },
      samples: [],
    });
    expect(isFaultless(await verify())).toBe(true);
  });

  test('has every poison in the quarantine, as often as it was acknowledged', async () => {
    await poison('pumps/p1/reading', { bar: 1000 });
    await poison('pumps/p1/reading', { bar: 1000 }, { attempts: 2, records: 2 });
    await poison('pumps/p2/reading', 'no json');
    await poison('pumps/p3/reading', { bar: 200 }, { records: 0, acknowledged: false });
    await publish('pumps/p1/reading', { bar: 1 });
    const early = await verify();
    expect(early.poisons).toEqual({ injected: 4, acknowledged: 3, quarantined: 0 });
    expect(isFaultless(early)).toBe(true);
    await ingest();
    const verification = await verify();
    expect(verification.poisons).toEqual({ injected: 4, acknowledged: 3, quarantined: 3 });
    expect(verification.faults).toMatchObject({ poison: 4, late: 0 });
    expect(isFaultless(verification)).toBe(true);
  });

  test('is not faultless where a table took a poison', async () => {
    await poison('pumps/p1/reading', { bar: 1 });
    await ingest();
    const verification = await verify();
    expect(verification).toMatchObject({
      lost: 0,
      doubled: 0,
      poisons: { injected: 1, acknowledged: 1, quarantined: 0 },
    });
    expect(isFaultless(verification)).toBe(false);
  });

  test('has pending what lies beyond the checkpoint and is in no table yet', async () => {
    await publishMixture();
    expect(await verify()).toMatchObject({ records: 18, rows: 0, pending: 18, lost: 0, doubled: 0 });
    await ingest();
    for (let i = 0; i < 5; i++) await publish(`pumps/p${i}/reading`, { bar: i });
    expect(await verify()).toMatchObject({ records: 23, pending: 5, lost: 0, doubled: 0 });
    checkpoints.clear();
    expect(await verify(), 'in the tables already, though the event source does not know').toMatchObject({
      pending: 5,
      lost: 0,
      doubled: 0,
    });
  });

  test('knows other devices’ messages for what they are', async () => {
    await publishMixture();
    await publish('pumps/p9/reading', { bar: 9 }, { attempts: 0 });
    await ingest();
    expect(await verify()).toMatchObject({ foreign: 1, lost: 0, doubled: 0 });
  });

  test('does without a ledger', async () => {
    await publishMixture();
    await ingest();
    const input = { stream, router: createRouter(fleets), decoders, lake, checkpoints, trimmedUntil: 0 };
    expect(await verifyLake(input)).toMatchObject({
      acknowledged: 0,
      records: 18,
      foreign: 0,
      lost: 0,
      doubled: 0,
    });
  });

  test('stays right when records are trimmed from the stream', async () => {
    await publishMixture();
    await ingest();
    for (const [shard, position] of checkpoints) stream.checkpoints('ingest').save(shard, position);
    await stream.trim(Date.now() + 1);
    const trimmedUntil = Math.max(...stream.stats().map((shard) => shard.trimmedUntil));
    const later = { stream, router: createRouter(fleets), decoders, lake, ledger, checkpoints, trimmedUntil };
    expect(await verifyLake(later)).toMatchObject({
      acknowledged: 17,
      records: 0,
      rows: 35,
      lost: 0,
      doubled: 0,
    });
  });
});

describe('what is planted is found and named', () => {
  test('a lost row', async () => {
    await publishMixture();
    await ingest();
    const { file } = await fileOf('pumps/readings', 3);
    await change('pumps/readings', { removes: [removeOf(file, 0, true)] });
    const verification = await verify();
    const lostRows = (JSON.parse(file.stats!) as { numRecords: number }).numRecords;
    expect(verification).toMatchObject({ lost: lostRows, doubled: 0, rows: 35 - lostRows });
    expect(verification.samples[0]).toEqual({
      kind: 'lost',
      topic: expect.stringMatching(/^pumps\/p\d\/reading$/),
      table: 'pumps/readings',
      origin: {
        stream: `sqlite/${stream.identity.id}`,
        shard: expect.stringMatching(/^shardId-/),
        position: expect.stringMatching(/^\d+$/),
        index: 0,
      },
      detail: '0 times in the table, 0 times in the quarantine',
    });
  });

  test('every single lost file of every table', async () => {
    await publishMixture();
    await ingest();
    for (const path of ['pumps/readings', 'audit/events', 'quarantine']) {
      const { snapshot } = await fileOf(path, 0);
      for (const file of snapshot.files) {
        await change(path, { removes: [removeOf(file, 0, true)] });
        const { lost, doubled, samples } = await verify();
        expect(lost, `${path} without ${file.path}`).toBeGreaterThan(0);
        expect(doubled).toBe(0);
        expect(samples).toHaveLength(lost);
        await change(path, { adds: [file] });
      }
      expect(await verify()).toMatchObject({ lost: 0, doubled: 0 });
    }
  });

  test('a doubled row', async () => {
    await publish('pumps/p1/reading', { bar: 1 });
    await publish('pumps/p2/reading', { bar: 2 });
    await ingest();
    const { file } = await fileOf('pumps/readings', 0);
    const store = prefixedStore(lake, 'pumps/readings/');
    await store.put('copy.parquet', (await store.get(file.path))!);
    await change('pumps/readings', { adds: [{ ...file, path: 'copy.parquet' }] });
    const verification = await verify();
    expect(verification).toMatchObject({ lost: 0, doubled: 1, rows: 5 });
    expect(verification.samples).toMatchObject([
      {
        kind: 'doubled',
        table: 'pumps/readings',
        topic: expect.stringMatching(/^pumps\/p[12]\/reading$/),
        detail: '2 times in the table, 0 times in the quarantine',
      },
    ]);
  });

  test('a reading both in its table and in the quarantine; not, once the quarantine is resolved', async () => {
    await publish('pumps/p1/reading', { bar: 1 });
    await publish('pumps/p2/reading', { bar: 101 });
    await ingest();
    const record = await findRecord('pumps/p1/reading');
    await quarantine(record, [{ table: 'pumps/readings', index: 0 }], 1000);
    expect(await verify()).toMatchObject({ lost: 0, doubled: 0, quarantined: 2 });
    await quarantine(record, [{ table: 'pumps/readings', index: 0 }]);
    const verification = await verify();
    expect(verification).toMatchObject({ lost: 0, doubled: 1, quarantined: 3 });
    expect(verification.samples).toMatchObject([
      {
        kind: 'doubled',
        topic: 'pumps/p1/reading',
        table: 'pumps/readings',
        origin: { shard: record.shard, position: record.position },
        detail: '1 times in the table, 1 times in the quarantine',
      },
    ]);
  });

  test('a message twice in the quarantine', async () => {
    await publish('pumps/p2/reading', { bar: 101 });
    await publish('nowhere', {});
    await ingest();
    await quarantine(await findRecord('pumps/p2/reading'), [{ table: 'pumps/readings', index: -1 }]);
    await quarantine(await findRecord('nowhere'), [{ table: null, index: -1 }]);
    expect(await verify()).toMatchObject({ lost: 0, doubled: 2 });
  });

  test('a quarantined message with other bytes', async () => {
    await publish('pumps/p1/reading', { bar: 1 });
    await publish('pumps/p2/reading', { bar: 101 });
    await ingest();
    const record = await findRecord('pumps/p2/reading');
    const { file } = await fileOf('quarantine', 0);
    await change('quarantine', { removes: [removeOf(file, 0, true)] });
    await quarantine({ ...record, payload: '{"bar": 101}' }, [{ table: 'pumps/readings', index: 0 }]);
    const verification = await verify();
    expect(verification).toMatchObject({ lost: 1, doubled: 0 });
    expect(verification.samples[0]).toMatchObject({
      topic: 'pumps/p2/reading',
      table: 'quarantine',
      detail: expect.stringContaining('other bytes'),
    });
  });

  test('a row that no record of the stream explains', async () => {
    await publish('pumps/p1/reading', { bar: 1 });
    const [shard] = [(await findRecord('pumps/p1/reading')).shard];
    await ingest();
    // what the stream holds at this position is no reading of the table
    const run = {
      stream: stream.identity,
      shard,
      records: [
        {
          key: 'pumps/p1/reading',
          payload: Buffer.from('[{"bar":1},{"bar":2}]'),
          position: '1',
          arrivedAt: Date.now(),
        },
      ],
    };
    const other = createMemoryStore();
    await ingestBatch([run], createEnvironment(other, fleets));
    const { files } = (await loadSnapshot(prefixedStore(other, 'pumps/readings/')))!;
    const store = prefixedStore(lake, 'pumps/readings/');
    await store.put('stray.parquet', (await other.get(`pumps/readings/${files[0]!.path}`))!);
    await change('pumps/readings', { adds: [{ ...files[0]!, path: 'stray.parquet' }] });
    const verification = await verify();
    expect(verification).toMatchObject({ lost: 0, doubled: 2 });
    expect(verification.samples.map(({ detail, origin }) => [origin?.index, detail])).toEqual([
      [1, expect.stringContaining('the stream does not hold')],
      [0, '2 times in the table, 0 times in the quarantine'],
    ]);
  });

  test('a record that was acknowledged and is not in the stream', async () => {
    await publishMixture();
    await publish('pumps/p1/reading', { bar: 50 }, { records: 0 });
    await ingest();
    const verification = await verify();
    expect(verification).toMatchObject({ acknowledged: 18, records: 18, lost: 1, doubled: 0 });
    expect(verification.samples).toMatchObject([
      {
        kind: 'lost',
        topic: 'pumps/p1/reading',
        detail: expect.stringContaining('acknowledged 1 times, in the stream 0 times'),
      },
    ]);
  });

  test('more records than attempts', async () => {
    await publishMixture();
    await publish('pumps/p1/reading', { bar: 50 }, { attempts: 1, records: 3 });
    await ingest();
    const verification = await verify();
    expect(verification).toMatchObject({ lost: 0, doubled: 2 });
    expect(verification.samples).toMatchObject([
      {
        kind: 'doubled',
        topic: 'pumps/p1/reading',
        detail: expect.stringContaining('in the stream 3 times, attempted 1 times'),
      },
    ]);
  });

  test('a backfilled row that stands twice', async () => {
    const file = { kind: 'backfill', id: 'f00d' } as const;
    const records = [1, 2, 3].map((n) => ({
      key: 'pumps/p1/reading',
      payload: Buffer.from(`{"bar":${n}}`),
      position: String(n),
      arrivedAt: 5,
    }));
    await ingestBatch([{ stream: file, shard: '0', records }], createEnvironment(lake, fleets));
    expect(await verify()).toMatchObject({ rows: 6, records: 0, lost: 0, doubled: 0 });
    const store = prefixedStore(lake, 'pumps/readings/');
    const { file: added } = await fileOf('pumps/readings', 0);
    await store.put('again.parquet', (await store.get(added.path))!);
    await change('pumps/readings', { adds: [{ ...added, path: 'again.parquet' }] });
    const verification = await verify();
    expect(verification).toMatchObject({ rows: 9, lost: 0, doubled: 3 });
    expect(verification.samples[0]).toMatchObject({
      table: 'pumps/readings',
      origin: { stream: 'backfill/f00d', position: '1' },
      detail: 'the table holds this reading 2 times',
    });
  });

  test('any mixture of lost and doubled rows, counted exactly', async () => {
    const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
    const random = createRandom(seed);
    for (let i = 0; i < 60; i++) await publish(`pumps/p${i % 7}/reading`, { bar: i });
    await ingest();
    const { snapshot } = await fileOf('pumps/readings', 0);
    const store = prefixedStore(lake, 'pumps/readings/');
    let [lost, doubled] = [0, 0];
    for (const [i, file] of snapshot.files.entries()) {
      const fate = random();
      if (fate < 0.2) {
        lost++;
        await change('pumps/readings', { removes: [removeOf(file, 0, true)] });
      } else if (fate < 0.4) {
        doubled++;
        await store.put(`copy-${i}.parquet`, (await store.get(file.path))!);
        await change('pumps/readings', { adds: [{ ...file, path: `copy-${i}.parquet` }] });
      }
    }
    const verification = await verify();
    expect(verification, `seed ${seed}`).toMatchObject({ lost, doubled });
    expect(verification.samples).toHaveLength(Math.min(20, lost) + Math.min(20, doubled));
  });
});
