import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ndjsonRows } from '../../../src/columns/canonical.ts';
import { writeCheckpoint } from '../../../src/delta/checkpoint.ts';
import { commit } from '../../../src/delta/commit.ts';
import { scan } from '../../../src/delta/scan.ts';
import { loadSnapshot } from '../../../src/delta/snapshot.ts';
import { writeFiles } from '../../../src/delta/write-files.ts';
import { createFolderStore } from '../../../src/stores/folder-store.ts';
import { createDeps } from '../../support/delta-rig.ts';
import { randomBatch } from '../../support/random-rows.ts';
import { drawSeed, seededRandom } from '../../support/seed.ts';
import type { Check } from '../check.ts';
import { openJudge } from '../duckdb-rows.ts';
import { PYTHON } from '../engines.ts';
import { expectationOf } from '../golden-oracle.ts';
import { runCommand } from '../run-command.ts';
import { writeRandomTable } from '../written-tables.ts';

const TABLES = 6;
const SCRIPT = fileURLToPath(new URL('../delta_rs.py', import.meta.url));

/** One table, two implementations that write it by turns: after each turn both have to see the same rows. */
export const deltaRs: Check = {
  name: 'delta-rs reads, appends to, compacts and vacuums our tables, and we go on',
  needs: ['pyarrow', 'deltalake'],
  async run() {
    const folder = await mkdtemp(join(tmpdir(), 'tributary-delta-rs-'));
    const seed = drawSeed('delta-rs');
    try {
      let judged = 0;
      for (let i = 0; judged < TABLES; i++) {
        if (await takeTurns(join(folder, String(i)), seed + i)) judged++;
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  },
};

/** @returns false for a table that delta-rs cannot take */
async function takeTurns(folder: string, seed: number): Promise<boolean> {
  const table = join(folder, 'table');
  await mkdir(table, { recursive: true });
  await writeRandomTable(table, seed);
  const { metadata, files } = (await loadSnapshot(createFolderStore(table)))!;
  // delta-rs 1.6.6 writes the partition value -0.77 as `0.-77`, in tables of its own too, and cannot read that
  if (metadata.partitionColumns.some((name) => name.startsWith('decimal'))) return false;
  if (files.some(({ partitionValues }) => !fitsDeltaRs(partitionValues))) return false;
  const agree = createAgreement(folder, table, seed);
  const rows = await agree('our writing');
  await deltaRsDoes('append', table, join(folder, 'dump-1'));
  assertRows(await agree('their append'), rows * 2, seed);
  const own = await appendOurs(table, seed);
  assertRows(await agree('our append to theirs'), rows * 2 + own, seed);
  await deltaRsDoes('optimize', table);
  assertRows(await agree('their optimize'), rows * 2 + own, seed);
  await writeCheckpoint(createFolderStore(table), {}, createDeps());
  await deltaRsDoes('vacuum', table);
  assertRows(await agree('their vacuum, after our checkpoint'), rows * 2 + own, seed);
  return true;
}

/** It writes a partition's folder percent-encoded, and a file system takes names of 255 bytes. */
function fitsDeltaRs(partitionValues: Readonly<Record<string, string | null>>): boolean {
  return Object.entries(partitionValues).every(
    ([name, value]) => encodeURIComponent(`${name}=${value}`).length <= 250,
  );
}

/** Compares what delta-rs dumps with what we read, exactly; returns how many rows that are. */
function createAgreement(folder: string, table: string, seed: number): (after: string) => Promise<number> {
  let turn = 0;
  return async (after) => {
    const dump = join(folder, `dump-${++turn}`);
    await deltaRsDoes('dump', table, dump);
    const store = createFolderStore(table);
    const snapshot = (await loadSnapshot(store))!;
    const ours: string[] = [];
    for await (const batch of scan(store, snapshot)) ours.push(...ndjsonRows(batch));
    const expectation = await expectationOf(await openJudge(), table, dump);
    if (expectation.kind !== 'rows') throw new Error(`seed ${seed}, after ${after}: nothing dumped`);
    const theirs = await expectation.rows(snapshot.schema);
    ours.sort();
    const at = ours.findIndex((row, i) => row !== theirs[i]);
    if (ours.length !== theirs.length || at >= 0) {
      throw new Error(
        `seed ${seed}, after ${after}: ${ours.length} rows for ${theirs.length}; row ${at}: ${ours[at]} for ${theirs[at]}`,
      );
    }
    return ours.length;
  };
}

async function appendOurs(table: string, seed: number): Promise<number> {
  const store = createFolderStore(table);
  // the rig counts its names from the start again, and the table has files of these names
  const deps = { ...createDeps(), uuid: randomUUID };
  const base = (await loadSnapshot(store))!;
  const batch = randomBatch(base.schema, 25, seededRandom(seed), { wild: false, repeat: false, nulls: 0.2 });
  const { partitionColumns } = base.metadata;
  const adds = await writeFiles(store, batch, { partitionColumns, sortBy: [] }, deps);
  const result = await commit(store, { base, operation: 'STREAMING UPDATE', adds, reads: 'nothing' }, deps);
  if (result.kind !== 'committed')
    throw new Error(`seed ${seed}: a lone append met a conflict: ${result.reason}`);
  return batch.length;
}

function assertRows(found: number, expected: number, seed: number): void {
  if (found !== expected) throw new Error(`seed ${seed}: ${found} rows, expected ${expected}`);
}

async function deltaRsDoes(...args: readonly string[]): Promise<void> {
  const { code, output } = await runCommand(PYTHON, [SCRIPT, ...args]);
  if (code !== 0) throw new Error(`delta-rs cannot ${args.join(' ')}: ${output.trim()}`);
}
