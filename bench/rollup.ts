/**
 * What a rollup of one new minute costs beside a long history: 100 devices at 1 Hz, the same step on tables of 100,000 and of
 * 10,000,000 rows, interleaved in one run, medians; the history in files of a minute each, and compacted into few.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { createBatchBuilder } from '../src/columns/builder.ts';
import { commit } from '../src/delta/commit.ts';
import { createTable } from '../src/delta/create-table.ts';
import type { DeltaDeps } from '../src/delta/deps.ts';
import { loadTableState } from '../src/delta/snapshot.ts';
import { writeFiles } from '../src/delta/write-files.ts';
import {
  avg,
  count,
  defineFleet,
  double,
  p90,
  partitionColumns,
  rollup,
  table,
  tableSchema,
  text,
  timestamp,
  topicLevel,
} from '../src/fleet/index.ts';
import type { Rollup, Table } from '../src/fleet/model.ts';
import { runRollup } from '../src/rollup/run.ts';
import { createDuckDbEngine } from '../src/sql/duckdb.ts';
import type { SqlEngine } from '../src/sql/sql-engine.ts';
import { createFolderStore } from '../src/stores/folder-store.ts';
import { prefixedStore } from '../src/stores/object-store.ts';

const DEVICES = 100;
const ROWS_PER_MINUTE = 60 * DEVICES;
const MINUTES_PER_COMPACTED_FILE = 100;
const ROUNDS = 9;
const START = Date.UTC(2024, 0, 1);
const LARGE = 10_000_000;
const SMALL = LARGE / 100;

const fleet = defineFleet({
  name: 'bench',
  tables: {
    readings: table({
      topic: 'bench/{device}',
      device: topicLevel('device'),
      columns: { device: text({ from: topicLevel('device') }), at: timestamp(), temperature_c: double() },
      eventTime: 'at',
      identity: ['device', 'at'],
    }),
  },
  rollups: {
    minutes: rollup('readings', {
      every: '1 minute',
      by: ['device'],
      measures: { readings: count(), mean: avg('temperature_c'), high: p90('temperature_c') },
    }),
  },
});
const source = fleet.tables['readings'] as Table;
const minutes = fleet.rollups['minutes'] as Rollup;
const schema = tableSchema(source);
const columns = partitionColumns(source);
const deps: DeltaDeps = {
  clock: Date.now,
  random: Math.random,
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  uuid: randomUUID,
};

type Workshop = { readonly folder: string; readonly sql: SqlEngine };

/** Budget: 1.5 × (design §8). */
export async function benchRollup(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'tributary-bench-'));
  const sql = createDuckDbEngine({ stagingDirectory: join(folder, 'staging') });
  try {
    for (const compacted of [false, true]) await compareHistories({ folder, sql }, compacted);
  } finally {
    await sql.close();
    await rm(folder, { recursive: true });
  }
}

async function compareHistories(workshop: Workshop, compacted: boolean): Promise<void> {
  const small = await openHistory(workshop, { name: 'small', rows: SMALL, compacted });
  const large = await openHistory(workshop, { name: 'large', rows: LARGE, compacted });
  const times: { small: number[]; large: number[] } = { small: [], large: [] };
  for (let round = 0; round < ROUNDS; round++) {
    times.small.push(await small());
    times.large.push(await large());
  }
  // the first round of each warms up
  const [a, b] = [median(times.small.slice(1)), median(times.large.slice(1))];
  const shape = compacted ? 'compacted' : 'a file a minute';
  console.log(
    `one new minute, ${shape}: ${a.toFixed(0)} ms at ${SMALL.toLocaleString('en')} rows, ` +
      `${b.toFixed(0)} ms at ${LARGE.toLocaleString('en')}: ${(b / a).toFixed(2)} × (budget 1.5 ×)`,
  );
}

/** A lake with a history of so many rows, rolled up; each call appends a minute and answers how long its rollup took, in ms. */
async function openHistory(
  { folder, sql }: Workshop,
  { name, rows, compacted }: { readonly name: string; readonly rows: number; readonly compacted: boolean },
): Promise<() => Promise<number>> {
  const lake = createFolderStore(join(folder, `${name}-${String(compacted)}`));
  const store = prefixedStore(lake, 'bench/readings/');
  let state = await createTable(store, { schema, partitionColumns: columns }, deps);
  let minute = 0;
  const append = async (length: number) => {
    const adds = await writeFiles(
      store,
      rowsOf(minute, length),
      { partitionColumns: columns, sortBy: ['at', 'device'] },
      deps,
    );
    minute += length;
    return adds;
  };
  const adds = [];
  const step = compacted ? MINUTES_PER_COMPACTED_FILE : 1;
  while (minute * ROWS_PER_MINUTE < rows) adds.push(...(await append(step)));
  state = (await commit(store, { base: state, operation: 'WRITE', adds, reads: 'nothing' }, deps)).state;
  const began = performance.now();
  // all at once, however much it is: what a minute costs afterwards is the question
  const report = await runRollup(
    minutes,
    source,
    { ...deps, lake, sql },
    { rows: Infinity, bytes: Infinity },
  );
  if (report.kind !== 'full') throw new Error(`the history was not rolled up, it was ${report.kind}`);
  console.log(
    `  ${name}: ${report.kind} of ${rows.toLocaleString('en')} rows in ${((performance.now() - began) / 1000).toFixed(1)} s`,
  );
  return async () => {
    state = (await loadTableState(store)) ?? state;
    await commit(store, { base: state, operation: 'WRITE', adds: await append(1), reads: 'nothing' }, deps);
    const start = performance.now();
    const { kind, rows: made } = await runRollup(minutes, source, { ...deps, lake, sql });
    const took = performance.now() - start;
    if (kind !== 'incremental' || made !== DEVICES) throw new Error(`a minute was ${kind}, of ${made} rows`);
    return took;
  };
}

function rowsOf(from: number, length: number) {
  const batch = createBatchBuilder(schema, length * ROWS_PER_MINUTE);
  for (let second = from * 60; second < (from + length) * 60; second++) {
    const at = START + second * 1000;
    for (let device = 0; device < DEVICES; device++) {
      batch.appendRow({
        device: `device-${device}`,
        at,
        temperature_c: 20 + 5 * Math.sin(second / 600 + device),
        _topic: `bench/device-${device}`,
        _arrived_at: at + 300,
        _stream: 'kinesis/bench',
        _shard: `shardId-00000000000${device % 4}`,
        _position: String(second * DEVICES + device).padStart(56, '0'),
        _index: 0,
        _date: Math.floor(at / 86_400_000),
      });
    }
  }
  return batch.finish();
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] as number;
}
