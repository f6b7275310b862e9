import type { ObjectStore } from '../stores/object-store.ts';
import type { AddFile, DeletionVector, RemoveFile } from './actions.ts';
import { vectorKey } from './deletion-vector.ts';
import type { DeltaDeps } from './deps.ts';
import { locateFile } from './file-path.ts';
import { listLog } from './log-segment.ts';
import { escapeHive } from './partition-values.ts';
import { readCommits } from './read-commits.ts';
import type { Replay } from './replay.ts';
import { withRetries } from './retry.ts';
import { deletedFileRetention } from './table-properties.ts';

export type WantedFiles = {
  /** as they stand in folder names, of this version and of those that files of the table were written under */
  readonly partitionColumns: ReadonlySet<string>;
  isWanted(key: string): boolean;
};

/** The keys that some version since `cutOff` (ms) refers to: live files, those removed since, and their deletion vectors. */
export async function findWantedFiles(
  store: ObjectStore,
  { state, files, tombstones }: Replay,
  cutOff: number,
  deps: DeltaDeps,
): Promise<WantedFiles> {
  const keys = new Set<string>();
  const outside = new Set<string>();
  const columns = new Set(state.metadata.partitionColumns.map(escapeHive));
  const want = (file: AddFile | RemoveFile) => {
    for (const path of pathsOf(file)) {
      const location = locateFile(path);
      if (location.kind === 'relative') keys.add(location.key).add(path);
      // a table may name its own files by their whole address: whoever has such a name stays
      else outside.add(baseName(location.url));
    }
  };
  for (const file of [...files.values(), ...tombstones.values()]) {
    for (const name of Object.keys(file.partitionValues ?? {})) columns.add(escapeHive(name));
  }
  for (const add of files.values()) want(add);
  for (const remove of tombstones.values()) if ((remove.deletionTimestamp ?? 0) >= cutOff) want(remove);
  for await (const remove of forgottenRemoves(store, state, cutOff, deps)) want(remove);
  return {
    partitionColumns: columns,
    isWanted: (key) => keys.has(key) || outside.has(baseName(key)),
  };
}

/** Checkpoints keep tombstones for the table's own retention: beyond it the commits are asked. */
async function* forgottenRemoves(
  store: ObjectStore,
  { metadata, version }: Replay['state'],
  cutOff: number,
  deps: DeltaDeps,
): AsyncGenerator<RemoveFile> {
  if (cutOff >= deps.clock() - deletedFileRetention(metadata)) return;
  const log = await withRetries(() => listLog(store), deps);
  const first = log.find((file) => file.kind === 'commit' && file.modifiedAt >= cutOff);
  if (first === undefined) return;
  for await (const { actions } of readCommits(store, first.version, version)) {
    for (const action of actions) if ('remove' in action) yield action.remove;
  }
}

function pathsOf({ path, deletionVector }: AddFile | RemoveFile): string[] {
  if (deletionVector === undefined || deletionVector.storageType === 'i') return [path];
  return [path, vectorPath(deletionVector, path)];
}

function vectorPath(vector: DeletionVector, path: string): string {
  return vector.storageType === 'p'
    ? vector.pathOrInlineDv
    : encodeURI(vectorKey(vector, `deletion vector of ${path}`));
}

/**
 * Whether a key is that of a file that writers of tables make, and that readers see: hidden folders and files begin with a
 * dot or an underscore, where it is no partition's.
 */
export function isDataFile(key: string, partitionColumns: ReadonlySet<string>): boolean {
  const parts = key.split('/');
  const name = parts.at(-1)!;
  if (!name.endsWith('.parquet') && !/^deletion_vector_.*\.bin$/.test(name)) return false;
  return parts.every((part, i) => {
    if (part.startsWith('.')) return false;
    if (!part.startsWith('_')) return true;
    const equals = part.indexOf('=');
    return i < parts.length - 1 && equals > 0 && partitionColumns.has(part.slice(0, equals));
  });
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
