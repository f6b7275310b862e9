import { fileOfRanges } from '../parquet/parquet-file.ts';
import { readParquet } from '../parquet/read-parquet.ts';
import { canonicalValue } from '../columns/canonical.ts';
import type { ObjectStore } from '../stores/object-store.ts';
import { checkAction } from './action-shape.ts';
import type { Action } from './actions.ts';
import { type CheckpointColumn, checkpointSchema } from './checkpoint-schema.ts';
import { parseCommit } from './commit-text.ts';
import { CorruptLogError } from './errors.ts';
import { SIDECAR_FOLDER } from './log-path.ts';
import type { Checkpoint } from './log-segment.ts';
import { isRetriable } from './retry.ts';

type Sidecar = { readonly path: string; readonly sizeInBytes: number };
type CheckpointAction = Action | { readonly sidecar: Sidecar };

/**
 * The actions of a checkpoint, classic, of several parts or V2, file by file.
 * @param kinds what is wanted: of a Parquet checkpoint nothing else is read
 */
export async function* readCheckpoint(
  store: ObjectStore,
  checkpoint: Checkpoint,
  kinds: readonly Exclude<CheckpointColumn, 'sidecar'>[],
): AsyncGenerator<readonly Action[]> {
  const wantsFiles = kinds.includes('add') || kinds.includes('remove');
  for (const file of checkpoint.files) {
    const actions: readonly CheckpointAction[] =
      file.kind === 'uuid-checkpoint' && file.format === 'json'
        ? parseCommit(await getPart(store, file.path, checkpoint.version), file.path)
        : await readParquetPart(
            store,
            file,
            [...kinds, ...(wantsFiles ? (['sidecar'] as const) : [])],
            checkpoint.version,
          );
    yield actions.filter((action): action is Action => !('sidecar' in action));
    if (!wantsFiles) continue;
    for (const action of actions) {
      if (!('sidecar' in action)) continue;
      const { path, sizeInBytes } = action.sidecar;
      const key = path.startsWith(SIDECAR_FOLDER) ? path : SIDECAR_FOLDER + decodeURIComponent(path);
      const part = await readParquetPart(
        store,
        { path: key, size: sizeInBytes },
        ['add', 'remove'],
        checkpoint.version,
      );
      yield part as readonly Action[];
    }
  }
}

async function getPart(store: ObjectStore, path: string, version: number): Promise<Uint8Array> {
  const bytes = await store.get(path);
  if (bytes === undefined)
    throw new CorruptLogError(path, `is missing: the checkpoint of version ${version} needs it`);
  return bytes;
}

async function readParquetPart(
  store: ObjectStore,
  { path, size }: { readonly path: string; readonly size: number },
  kinds: readonly CheckpointColumn[],
  version: number,
): Promise<CheckpointAction[]> {
  const file = fileOfRanges(size, (offset, length) => store.getRange(path, offset, length));
  let batch;
  try {
    batch = await readParquet(file, checkpointSchema(kinds));
  } catch (error) {
    if (isRetriable(error)) throw error;
    throw new CorruptLogError(path, `the checkpoint of version ${version} cannot be read: ${String(error)}`, {
      cause: error,
    });
  }
  const actions: CheckpointAction[] = [];
  batch.columns.forEach((column, i) => {
    const kind = kinds[i]!;
    for (let row = 0; row < batch.length; row++) {
      const value = canonicalValue(column, row);
      if (value === undefined || value === null) continue;
      const action = toPlain(value) as Record<string, unknown>;
      // some writers leave a struct of nulls where there is no action
      if (Object.keys(action).length === 0) continue;
      actions.push(
        kind === 'sidecar'
          ? { sidecar: action as Sidecar }
          : checkAction({ [kind]: action } as Action, `row ${row}`, path),
      );
    }
  });
  return actions;
}

/** Numbers for bigints, objects for maps, and nothing for null: the form that an action has in JSON. */
function toPlain(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (Array.isArray(value)) return value.map(toPlain);
  if (value instanceof Map)
    return Object.fromEntries(Array.from(value, ([key, item]) => [key, item ?? null]));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, member]) => (member === null ? [] : [[name, toPlain(member)]])),
  );
}
