import type { AddFile } from '../src/delta/actions.ts';
import { writeCheckpoint } from '../src/delta/checkpoint.ts';
import { commit } from '../src/delta/commit.ts';
import { createTable } from '../src/delta/create-table.ts';
import { commitPath } from '../src/delta/log-path.ts';
import { realDeps } from '../src/delta/real-deps.ts';
import { loadTableState } from '../src/delta/snapshot.ts';
import type { TableState } from '../src/delta/table-state.ts';
import { writeFiles } from '../src/delta/write-files.ts';
import { field, struct } from '../src/columns/types.ts';
import { createMemoryStore } from '../src/stores/memory-store.ts';
import type { ObjectStore } from '../src/stores/object-store.ts';
import { batchOf } from '../test/support/delta-rig.ts';
import { benchContention } from './contention.ts';
import { formatMeasured, measureInterleaved, type Stage } from './measure.ts';

const YOUNG = 10;
const OLD = 100_000;
/** Of a round: a single one is too quick to be timed. */
const COMMITS = 500;

const schema = struct([field('device', 'string'), field('at', 'timestamp'), field('value', 'double')]);

type Table = { readonly store: ObjectStore; readonly file: AddFile; state: TableState };

/** What a warm commit costs at a late version, and how many writers one table bears. */
export async function benchCommits(rounds: number): Promise<void> {
  const [young, old] = [await growTable(YOUNG), await growTable(OLD)];
  const stages = [
    stageOf(`${COMMITS} commits from version ${YOUNG}`, young),
    stageOf(`${COMMITS} commits from version ${OLD}`, old),
  ];
  const measured = await measureInterleaved(stages, { rounds, warmUp: 5 });
  console.log(`warm appends to a table in memory, a live file a version, ${rounds} rounds`);
  console.log(formatMeasured(measured));
  await writeCheckpoint(old.store, {}, realDeps);
  const began = performance.now();
  await loadTableState(old.store);
  console.log(`what a writer reads first, from a checkpoint of ${old.state.version} files:`);
  console.log(`${(performance.now() - began).toFixed(0)} ms`);
  console.log();
  await benchContention();
}

async function growTable(version: number): Promise<Table> {
  const store = createMemoryStore();
  const base = await createTable(store, { schema, partitionColumns: [] }, realDeps);
  const row = { device: 'a', at: 0n, value: 1 };
  const [file] = await writeFiles(store, batchOf(schema, [row]), { partitionColumns: [] }, realDeps);
  const table = { store, file: file!, state: base };
  await append(table, version);
  return table;
}

/**
 * Each round begins where the table was grown to, and leaves no trace: a young table stays young. The names of commits are
 * freed, their files are not counted.
 */
function stageOf(name: string, table: Table): Stage {
  const { state, store } = table;
  return {
    name,
    async prepare() {
      for (let version = state.version + 1; version <= table.state.version; version++)
        await store.delete(commitPath(version));
      table.state = state;
    },
    run: () => append(table, COMMITS),
  };
}

async function append(table: Table, commits: number): Promise<void> {
  const { store, file } = table;
  for (let n = 0; n < commits; n++) {
    const { state } = table;
    const adds = [{ ...file, path: `${state.version}.parquet` }];
    const txns = [{ appId: 'kinesis/bench/0#0', version: state.version }];
    const request = { base: state, operation: 'STREAMING UPDATE', adds, txns, reads: 'nothing' } as const;
    ({ state: table.state } = await commit(store, request, realDeps));
  }
}
