import { type ColumnBatch } from '../../src/columns/column.ts';
import { concatBatches } from '../../src/columns/select.ts';
import type { AddFile } from '../../src/delta/actions.ts';
import { cleanLog } from '../../src/delta/clean-log.ts';
import { commit } from '../../src/delta/commit.ts';
import { optimize } from '../../src/delta/optimize.ts';
import { readFile } from '../../src/delta/read-file.ts';
import { removeOf } from '../../src/delta/remove.ts';
import { loadSnapshot, type Snapshot } from '../../src/delta/snapshot.ts';
import { vacuum } from '../../src/delta/vacuum.ts';
import { writeFiles } from '../../src/delta/write-files.ts';
import { prefixedStore } from '../../src/stores/object-store.ts';
import type { Writer } from './writer.ts';

/** How long a file outlives its removal, or its writing where no commit names it. No attempt lasts nearly as long. */
export const RETENTION_MS = 3_600_000;

/** What a table's files may be ordered by; whatever a table lacks is left out. */
const SORTS = [[], ['_arrived_at'], ['machine', 'at'], ['_position']] as const;

/** Puts files together as the schedule of a lake does, to goals that suit tables of a few rows. */
export async function optimizeTable({ store, deps }: Writer, path: string): Promise<void> {
  const table = prefixedStore(store, `${path}/`);
  const pick = <T>(values: readonly T[]) => values[Math.floor(deps.random() * values.length)]!;
  const names = pick(SORTS);
  const snapshot = await loadSnapshot(table);
  const sortBy = names.filter((name) => snapshot?.schema.fields.some((field) => field.name === name));
  const targetRows = pick([2, 5, Number.POSITIVE_INFINITY]);
  await optimize(table, { sortBy, targetRows, thrifty: deps.random() < 0.3 }, deps);
}

/** Replaces some files of one partition by one file with the same rows, as copy-on-write does that changes rows. */
export async function replaceFiles(writer: Writer, path: string, count: number): Promise<void> {
  const { deps } = writer;
  const store = prefixedStore(writer.store, `${path}/`);
  const snapshot = await loadSnapshot(store);
  if (snapshot === undefined) return;
  const chosen = chooseFiles(snapshot, count, deps.random());
  if (chosen.length < count) return;
  const batches: ColumnBatch[] = [];
  for (const add of chosen) batches.push(await readFile(store, snapshot, add));
  const { partitionColumns } = snapshot.metadata;
  const adds = await writeFiles(store, concatBatches(batches), { partitionColumns }, deps);
  const removes = chosen.map((add) => removeOf(add, deps.clock(), true));
  // a conflict means that others were faster: the next round looks again
  await commit(
    store,
    { base: snapshot, operation: 'REPLACE', adds, removes, reads: { files: chosen } },
    deps,
  );
}

/** Files of the partition that the first chosen one lies in. */
function chooseFiles({ files }: Snapshot, count: number, chance: number): AddFile[] {
  const first = files[Math.floor(chance * files.length)];
  if (first === undefined) return [];
  const partition = JSON.stringify(first.partitionValues);
  return files.filter((add) => JSON.stringify(add.partitionValues) === partition).slice(0, count);
}

/** Deletes what no reader and no writer at work can still want, of the data and of the log. */
export async function sweepTable({ store, deps }: Writer, path: string): Promise<void> {
  const table = prefixedStore(store, `${path}/`);
  await vacuum(table, { retention: RETENTION_MS, force: true }, deps);
  await cleanLog(table, { retention: RETENTION_MS }, deps);
}
