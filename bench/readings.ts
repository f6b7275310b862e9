import type { DeltaDeps } from '../src/delta/deps.ts';
import { realDeps } from '../src/delta/real-deps.ts';
import {
  boolean,
  defineFleet,
  double,
  long,
  table,
  text,
  timestamp,
  topicLevel,
} from '../src/fleet/index.ts';
import type { Table } from '../src/fleet/model.ts';
import { createIngestDeps, type IngestDeps } from '../src/ingest/ingest-deps.ts';
import { createLake } from '../src/ingest/lake.ts';
import { createMemoryStore } from '../src/stores/memory-store.ts';
import type { ShardRun } from '../src/streams/stream.ts';

/** One table with every type that telemetry has, as a fleet would define it: sorted by time and device, a file a day. */
export const benchFleet = defineFleet({
  name: 'bench',
  tables: {
    readings: table({
      topic: 'bench/{device}',
      device: topicLevel('device'),
      columns: {
        device_id: text(),
        site: text(),
        observed_at: timestamp({ from: 'ts' }),
        temperature_c: double({ from: 'temp', min: -90, max: 60 }),
        humidity_pct: double({ from: 'hum', min: 0, max: 100 }),
        pressure_hpa: double({ from: 'press' }),
        x: double({ from: 'vib.x' }),
        y: double({ from: 'vib.y' }),
        z: double({ from: 'vib.z' }),
        status: text(),
        ok: boolean(),
        count: long(),
      },
      eventTime: 'observed_at',
      identity: ['device_id', 'observed_at'],
    }),
  },
});

export const benchTable = benchFleet.tables['readings'] as Table;

const START = Date.UTC(2024, 5, 15, 12);
/** As long as Kinesis has them: 56 digits. */
const FIRST_POSITION = 49_590_338_271_490_256_608_559_692_538_361_571_095_921_575_989_136_588_898n;

/** A run of one shard: 500 devices at some Hz each, late by up to two seconds, 225 B a payload. */
export function makeRun(records: number, batch = 0): ShardRun {
  return {
    stream: { kind: 'kinesis', id: 'bench@1718450000000' },
    shard: 'shardId-000000000000',
    records: Array.from({ length: records }, (_, n) => {
      const i = batch * records + n;
      const observedAt = START + i * 37 - ((i * 7919) % 2000);
      return {
        key: `bench/dev-${i % 500}`,
        payload: Buffer.from(JSON.stringify(makeReading(i, observedAt))),
        position: String(FIRST_POSITION + BigInt(i) * 1_048_583n),
        arrivedAt: START + i * 37 + 12,
      };
    }),
  };
}

function makeReading(i: number, observedAt: number): unknown {
  return {
    device_id: `dev-${i % 500}`,
    site: `plant-${i % 7}`,
    ts: new Date(observedAt).toISOString(),
    temp: Math.round(2000 + Math.sin(i) * 500) / 100,
    hum: Math.round(4000 + ((i * 31) % 5000)) / 100,
    press: 1013.25 + (i % 9),
    vib: { x: Math.sin(i * 0.7), y: Math.sin(i * 1.3), z: Math.fround(Math.sin(i * 2.9)) },
    status: i % 11 === 0 ? 'idle' : 'on',
    ok: i % 3 === 0,
    count: i,
  };
}

/** An execution environment with a lake in memory, as the ingest function has one in S3. */
export function createBenchEnvironment(deps: DeltaDeps = realDeps): IngestDeps {
  return createIngestDeps(createLake(createMemoryStore(), deps), [benchFleet]);
}
