/**
 * What a rollup of one new minute costs beside a long history: 100 devices at 1 Hz, the same step on tables of 100,000 and of
 * 10,000,000 rows, interleaved in one run, medians; the history in files of a minute each, and compacted into few.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commit } from '../src/delta/commit.ts';
import { createTable } from '../src/delta/create-table.ts';
import { realDeps } from '../src/delta/real-deps.ts';
import { loadTableState } from '../src/delta/snapshot.ts';
import { writeFiles } from '../src/delta/write-files.ts';
import { runRollup } from '../src/rollup/run.ts';
import { createDuckDbEngine } from '../src/sql/duckdb.ts';
import type { SqlEngine } from '../src/sql/sql-engine.ts';
import { createFolderStore } from '../src/stores/folder-store.ts';
import { prefixedStore } from '../src/stores/object-store.ts';
import { DEVICES, layout, minutes, readings, readingsBetween, schema, START } from './hundred-devices.ts';

const MINUTE = 60_000;
const ROWS_PER_MINUTE = 60 * DEVICES;
const MINUTES_PER_COMPACTED_FILE = 100;
const ROUNDS = 9;
const LARGE = 10_000_000;
const SMALL = LARGE / 100;

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
  let state = await createTable(store, { schema, partitionColumns: layout.partitionColumns }, realDeps);
  let minute = 0;
  const append = (length: number) => {
    const from = START + minute * MINUTE;
    const batch = readingsBetween(from, from + length * MINUTE, 1000);
    minute += length;
    return writeFiles(store, batch, layout, realDeps);
  };
  const adds = [];
  const step = compacted ? MINUTES_PER_COMPACTED_FILE : 1;
  while (minute * ROWS_PER_MINUTE < rows) adds.push(...(await append(step)));
  state = (await commit(store, { base: state, operation: 'WRITE', adds, reads: 'nothing' }, realDeps)).state;
  const began = performance.now();
  // all at once, however much it is: what a minute costs afterwards is the question
  const report = await runRollup(
    minutes,
    readings,
    { ...realDeps, lake, sql },
    { rows: Infinity, bytes: Infinity },
  );
  if (report.kind !== 'full') throw new Error(`the history was not rolled up, it was ${report.kind}`);
  console.log(
    `  ${name}: ${report.kind} of ${rows.toLocaleString('en')} rows in ${((performance.now() - began) / 1000).toFixed(1)} s`,
  );
  return async () => {
    state = (await loadTableState(store)) ?? state;
    await commit(
      store,
      { base: state, operation: 'WRITE', adds: await append(1), reads: 'nothing' },
      realDeps,
    );
    const start = performance.now();
    const { kind, rows: made } = await runRollup(minutes, readings, { ...realDeps, lake, sql });
    const took = performance.now() - start;
    if (kind !== 'incremental' || made !== DEVICES) throw new Error(`a minute was ${kind}, of ${made} rows`);
    return took;
  };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] as number;
}
