import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ndjsonRows } from '../../src/columns/canonical.ts';
import { field, struct, type StructType } from '../../src/columns/types.ts';
import { writeCheckpoint } from '../../src/delta/checkpoint.ts';
import { cleanLog } from '../../src/delta/clean-log.ts';
import { commit } from '../../src/delta/commit.ts';
import type { CommitRequest } from '../../src/delta/commit-request.ts';
import { createTable } from '../../src/delta/create-table.ts';
import type { DeltaDeps } from '../../src/delta/deps.ts';
import { optimize } from '../../src/delta/optimize.ts';
import { readFile } from '../../src/delta/read-file.ts';
import { removeOf } from '../../src/delta/remove.ts';
import { evolveSchema } from '../../src/delta/schema-evolution.ts';
import { loadSnapshot } from '../../src/delta/snapshot.ts';
import { withSchema } from '../../src/delta/table-schema.ts';
import { vacuum } from '../../src/delta/vacuum.ts';
import { writeFiles } from '../../src/delta/write-files.ts';
import { createFolderStore } from '../../src/stores/folder-store.ts';
import type { ObjectStore } from '../../src/stores/object-store.ts';
import { createDeps, firstDifference } from '../support/delta-rig.ts';
import { everyType, randomBatch } from '../support/random-rows.ts';
import { seededRandom } from '../support/seed.ts';
import { openJudge } from './duckdb-rows.ts';
import { expectationOf } from './golden-oracle.ts';
import { changeRandomly } from './random-changes.ts';

const run = promisify(execFile);
const DAY_MS = 86_400_000;

/** Columns of simple types that a table may be partitioned by, one or two at a time. */
const PARTITIONABLE = ['a_string', 'a_long', 'a_date', 'a_boolean', 'a_timestamp', 'decimal_5', 'a_short'];

export type WrittenReport = {
  readonly tables: number;
  readonly commits: number;
  readonly problems: readonly string[];
};

/**
 * Writes tables with random histories (appends, merges, deletes, overwrites, evolution, removed files, checkpoints, optimize,
 * vacuum, log clean-up) into folders and
 * has them judged: by the log checker (`python` with pyarrow runs `checker`), and row by row by DuckDB over a replay that
 * shares no code with ours.
 */
export async function checkWrittenTables(options: {
  readonly folder: string;
  readonly seed: number;
  readonly tables: number;
  readonly python: string;
  readonly checker: string;
}): Promise<WrittenReport> {
  const judge = await openJudge();
  const problems: string[] = [];
  let commits = 0;
  for (let i = 0; i < options.tables; i++) {
    const path = join(options.folder, `table-${options.seed + i}`);
    await mkdir(path, { recursive: true });
    commits += await writeRandomTable(path, options.seed + i);
    const check = async (when: string) => {
      const checked = await run(options.python, [options.checker, '--deep', '--plain', path]).catch(
        (error: unknown) => error as { stdout: string },
      );
      if (!checked.stdout.includes('"problems": 0')) problems.push(`${path}, ${when}: ${checked.stdout}`);
    };
    await check('as written');
    const expectation = await expectationOf(judge, path, join(path, 'expected'));
    const { rows, schema } = await readRows(path);
    if (expectation.kind !== 'rows') problems.push(`${path}: should be ${expectation.kind}`);
    else {
      const difference = firstDifference(rows, await expectation.rows(schema));
      if (difference !== undefined) problems.push(`${path}: DuckDB reads otherwise: ${difference}`);
    }
    if (i % 3 > 0) continue;
    await cleanLog(createFolderStore(path), {}, laterBy(40, createDeps()));
    const left = firstDifference((await readRows(path)).rows, rows);
    if (left !== undefined) problems.push(`${path}: other rows after log clean-up: ${left}`);
    await check('after log clean-up');
  }
  return { tables: options.tables, commits, problems };
}

async function readRows(path: string) {
  const store = createFolderStore(path);
  const snapshot = (await loadSnapshot(store))!;
  const rows: string[] = [];
  for (const add of snapshot.files) rows.push(...ndjsonRows(await readFile(store, snapshot, add)));
  return { rows: rows.sort(), schema: snapshot.schema };
}

/** Returns how many commits it made. The same seed makes the same rows and the same history. */
export async function writeRandomTable(path: string, seed: number): Promise<number> {
  const random = seededRandom(seed);
  const deps = createDeps();
  const store = createFolderStore(path);
  const partitionColumns = PARTITIONABLE.filter(() => random() < 0.15);
  let schema = narrowed(everyType);
  await createTable(
    store,
    { schema, partitionColumns, configuration: { 'delta.checkpointInterval': '4' } },
    deps,
  );
  const steps = 4 + Math.floor(random() * 12);
  for (let step = 0; step < steps; step++) {
    const base = (await loadSnapshot(store))!;
    const kind = random();
    if (kind > 0.7 && base.files.length > 0) {
      await changeRandomly(store, random, deps);
      await writeCheckpoint(store, { ifDue: random() < 0.8 }, deps);
      continue;
    }
    let request: Omit<CommitRequest, 'base'>;
    if (kind < 0.2 && step > 1) {
      schema = step % 2 === 0 ? everyType : struct([...schema.fields, field(`added_${step}`, 'string')]);
      const evolution = evolveSchema(base.schema, schema);
      const metadata =
        evolution.kind === 'evolved' ? { metadata: withSchema(base.metadata, evolution.schema) } : {};
      request = { operation: 'CHANGE COLUMN', reads: 'nothing', ...metadata };
    } else if (kind < 0.3 && base.files.length > 2) {
      const files = base.files.filter(() => random() < 0.3);
      const removes = files.map((file) => removeOf(file, deps.clock(), true));
      request = { operation: 'DELETE', removes, reads: { files } };
    } else if (kind < 0.5) {
      await optimizeTable(store, random, deps);
      continue;
    } else {
      const batch = randomBatch(schema, 1 + Math.floor(random() * 60), random, {
        wild: random() < 0.3,
        repeat: random() < 0.3,
        nulls: random(),
      });
      const adds = await writeFiles(
        store,
        batch,
        { partitionColumns, sortBy: ['a_timestamp', 'a_string'] },
        deps,
      );
      const txns = [0, 1, 2].map((limb) => ({ appId: `kinesis/s/shard-0#${limb}`, version: step }));
      request = { operation: 'STREAMING UPDATE', adds, txns, reads: 'nothing' };
    }
    const result = await commit(store, { base, ...request }, deps);
    if (result.kind !== 'committed')
      throw new Error(`seed ${seed}: a lone writer met a conflict: ${result.reason}`);
    await writeCheckpoint(store, { ifDue: random() < 0.8 }, deps);
  }
  if (random() < 0.5) await vacuum(store, {}, laterBy(8, deps));
  return (await loadSnapshot(store))!.version + 1;
}

/** The real work, by goals that differ from time to time, as small as these tables. */
async function optimizeTable(store: ObjectStore, random: () => number, deps: DeltaDeps): Promise<void> {
  const pick = <T>(values: readonly T[]) => values[Math.floor(random() * values.length)]!;
  const sortBy = pick([[], ['a_timestamp'], ['a_long', 'a_string'], ['decimal_38'], ['a_double']]);
  const report = await optimize(
    store,
    { sortBy, targetRows: pick([40, 150, 1e6]), targetBytes: pick([20_000, 1e8]), thrifty: random() < 0.2 },
    deps,
  );
  if (report?.complete !== true) throw new Error('a lone optimize is not done');
}

/** Time has passed: what was removed is old, and so is the log. */
function laterBy(days: number, deps: DeltaDeps): DeltaDeps {
  return { ...deps, clock: () => Date.now() + days * DAY_MS };
}

/** Where integers may still grow. */
function narrowed(schema: StructType): StructType {
  return struct(
    schema.fields.map((column) =>
      column.name === 'an_integer' ? { ...column, type: 'byte' as const } : column,
    ),
  );
}
