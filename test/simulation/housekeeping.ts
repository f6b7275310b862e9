import { type ColumnBatch } from '../../src/columns/column.ts';
import { concatBatches } from '../../src/columns/select.ts';
import type { AddFile } from '../../src/delta/actions.ts';
import { commit } from '../../src/delta/commit.ts';
import { readCommits } from '../../src/delta/read-commits.ts';
import { readFile } from '../../src/delta/read-file.ts';
import { removeOf } from '../../src/delta/remove.ts';
import { loadSnapshot, type Snapshot } from '../../src/delta/snapshot.ts';
import { writeFiles } from '../../src/delta/write-files.ts';
import { type ObjectStore, prefixedStore } from '../../src/stores/object-store.ts';
import type { Writer } from './writer.ts';

/** How long a file outlives its removal, or its writing where no commit names it. No attempt lasts nearly as long. */
export const RETENTION_MS = 3_600_000;

export type Rewrite = {
  /** in the table's history */
  readonly operation: string;
  /** files taken together at most */
  readonly files: number;
  /** false: the rows only move */
  readonly dataChange: boolean;
};

/** Replaces files of one partition by one file with the same rows, as compaction and copy-on-write do. */
export async function rewriteFiles(
  writer: Writer,
  path: string,
  { operation, files, dataChange }: Rewrite,
): Promise<void> {
  const { deps } = writer;
  const store = prefixedStore(writer.store, `${path}/`);
  const snapshot = await loadSnapshot(store);
  if (snapshot === undefined) return;
  const chosen = chooseFiles(snapshot, files, deps.random());
  if (chosen.length < Math.min(files, 2)) return;
  const batches: ColumnBatch[] = [];
  for (const add of chosen) batches.push(await readFile(store, snapshot, add));
  const { partitionColumns } = snapshot.metadata;
  const adds = await writeFiles(store, concatBatches(batches), { partitionColumns, dataChange }, deps);
  const removes = chosen.map((add) => removeOf(add, deps.clock(), dataChange));
  // a conflict means that others were faster: the next round looks again
  await commit(store, { base: snapshot, operation, adds, removes, reads: { files: chosen } }, deps);
}

/** Files of the partition that the first chosen one lies in. */
function chooseFiles({ files }: Snapshot, count: number, chance: number): AddFile[] {
  const first = files[Math.floor(chance * files.length)];
  if (first === undefined) return [];
  const partition = JSON.stringify(first.partitionValues);
  return files.filter((add) => JSON.stringify(add.partitionValues) === partition).slice(0, count);
}

/** Deletes what no reader and no writer at work can still want. */
export async function sweepFiles(writer: Writer, path: string): Promise<void> {
  const store = prefixedStore(writer.store, `${path}/`);
  const snapshot = await loadSnapshot(store);
  if (snapshot === undefined) return;
  const kept = await wantedFiles(store, snapshot, writer.deps.clock() - RETENTION_MS);
  const doomed: string[] = [];
  for await (const { key, modifiedAt } of store.list('')) {
    if (key.startsWith('_delta_log/') || kept.has(key)) continue;
    if (modifiedAt < writer.deps.clock() - RETENTION_MS) doomed.push(key);
  }
  for (const key of doomed) await store.delete(key);
}

/** Live files, and those that were removed after `since`. */
async function wantedFiles(store: ObjectStore, snapshot: Snapshot, since: number): Promise<Set<string>> {
  const wanted = new Set(snapshot.files.map(({ path }) => decodeURIComponent(path)));
  for await (const { actions } of readCommits(store, 0, snapshot.version)) {
    for (const action of actions) {
      if (!('remove' in action) || (action.remove.deletionTimestamp ?? 0) < since) continue;
      wanted.add(decodeURIComponent(action.remove.path));
    }
  }
  return wanted;
}
