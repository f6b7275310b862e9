import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ndjsonRows } from '../../src/columns/canonical.ts';
import { concatBatches } from '../../src/columns/select.ts';
import { field, struct, type StructType } from '../../src/columns/types.ts';
import { writeCheckpoint } from '../../src/delta/checkpoint.ts';
import { commit } from '../../src/delta/commit.ts';
import type { CommitRequest } from '../../src/delta/commit-request.ts';
import { createTable } from '../../src/delta/create-table.ts';
import { readFile } from '../../src/delta/read-file.ts';
import { removeOf } from '../../src/delta/remove.ts';
import { evolveSchema } from '../../src/delta/schema-evolution.ts';
import { loadSnapshot, type Snapshot } from '../../src/delta/snapshot.ts';
import { parseStats } from '../../src/delta/stats.ts';
import { withSchema } from '../../src/delta/table-schema.ts';
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

/** Columns of simple types that a table may be partitioned by, one or two at a time. */
const PARTITIONABLE = ['a_string', 'a_long', 'a_date', 'a_boolean', 'a_timestamp', 'decimal_5', 'a_short'];

export type WrittenReport = {
  readonly tables: number;
  readonly commits: number;
  readonly problems: readonly string[];
};

/**
 * Writes tables with random histories (appends, merges, deletes, overwrites, evolution, replaced and compacted files, checkpoints) into folders and
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
    const checked = await run(options.python, [options.checker, '--deep', '--plain', path]).catch(
      (error: unknown) => error as { stdout: string },
    );
    if (!checked.stdout.includes('"problems": 0')) problems.push(`${path}: ${checked.stdout}`);
    const expectation = await expectationOf(judge, path, join(path, 'expected'));
    const { rows, schema } = await readRows(path);
    if (expectation.kind !== 'rows') problems.push(`${path}: should be ${expectation.kind}`);
    else {
      const difference = firstDifference(rows, await expectation.rows(schema));
      if (difference !== undefined) problems.push(`${path}: DuckDB reads otherwise: ${difference}`);
    }
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
    } else if (kind < 0.4 && base.files.length > 2) {
      request = await rewrite(store, base, random() < 0.5, random, deps);
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
  return steps + 1;
}

/** Some files of one partition become one (`dataChange: false`), or some files go. */
async function rewrite(
  store: ObjectStore,
  base: Snapshot,
  compact: boolean,
  random: () => number,
  deps: ReturnType<typeof createDeps>,
) {
  const { partitionValues } = base.files[Math.floor(random() * base.files.length)]!;
  const same = (values: object) => JSON.stringify(values) === JSON.stringify(partitionValues);
  const files = base.files.filter((file) => same(file.partitionValues)).slice(0, 3);
  const removes = files.map((file) => removeOf(file, deps.clock(), !compact));
  if (!compact) return { operation: 'DELETE', removes, reads: { files } } as const;
  const { partitionColumns } = base.metadata;
  // a rewrite writes the columns that its files have: those that came later stay absent, which is null
  const held = new Set([
    ...partitionColumns,
    ...files.flatMap((file) => Object.keys(parseStats(file).nullCount ?? {})),
  ]);
  const columns = base.schema.fields.map(({ name }) => name).filter((name) => held.has(name));
  const rows = concatBatches(await Promise.all(files.map((file) => readFile(store, base, file, columns))));
  const adds = await writeFiles(
    store,
    rows,
    { partitionColumns, sortBy: ['a_timestamp'], dataChange: false },
    deps,
  );
  return { operation: 'OPTIMIZE', adds, removes, reads: { files } } as const;
}

/** Where integers may still grow. */
function narrowed(schema: StructType): StructType {
  return struct(
    schema.fields.map((column) =>
      column.name === 'an_integer' ? { ...column, type: 'byte' as const } : column,
    ),
  );
}
