import type { ObjectStore } from '../stores/object-store.ts';
import { commit } from './commit.ts';
import type { CommitRequest } from './commit-request.ts';
import type { ConflictReason } from './conflict.ts';
import type { DeltaDeps } from './deps.ts';
import { DeltaError } from './errors.ts';
import { LOG_FOLDER } from './log-path.ts';
import { assertWritable } from './protocol.ts';
import { jitteredWait, withRetries } from './retry.ts';
import { loadSnapshot, type Snapshot } from './snapshot.ts';
import type { TableState } from './table-state.ts';

/** Conflicts in a row after which a change gives up for now. */
const MAX_CONFLICTS = 50;

/** What became of a change. */
export type Change = {
  /** the version that holds it; where there was nothing to do, the one that was looked at */
  readonly version: number;
  /** false where there was nothing to do: then nothing was committed */
  readonly committed: boolean;
  /** why it had to be planned anew, as often as others were faster with something that it stands on */
  readonly conflicts: readonly ConflictReason[];
};

/** `state` is the newest that is known. */
export type Outcome<T> = { readonly report: T; readonly state: TableState };

/** A commit that is planned, and what to tell about it. */
export type Plan<T> = { readonly request: Omit<CommitRequest, 'base'> | undefined; readonly report: T };

/**
 * Changes a table by what it holds: plans on the newest version, commits, and plans anew as long as others were faster
 * with something that the plan stands on. So every change is as if it had been the only one at its version.
 *
 * @throws DeltaError where there is no table, and with `retriable` after too many conflicts
 */
export async function transact<T>(
  store: ObjectStore,
  plan: (snapshot: Snapshot) => Promise<Plan<T>>,
  deps: DeltaDeps,
): Promise<Outcome<Change & T>> {
  const conflicts: ConflictReason[] = [];
  while (conflicts.length < MAX_CONFLICTS) {
    const snapshot = await newestSnapshot(store, deps);
    assertWritable(snapshot);
    const { request, report } = await plan(snapshot);
    if (request === undefined) {
      const change = { version: snapshot.version, committed: false, conflicts };
      return { report: { ...change, ...report }, state: snapshot };
    }
    const result = await commit(store, { ...request, base: snapshot }, deps);
    if (result.kind === 'committed') {
      const change = { version: result.state.version, committed: true, conflicts };
      return { report: { ...change, ...report }, state: result.state };
    }
    conflicts.push(result.reason);
    if (conflicts.length > 1) await deps.sleep(jitteredWait(conflicts.length - 1, deps.random));
  }
  throw new DeltaError(
    `others changed what this stands on ${MAX_CONFLICTS} times in a row: try again when less is going on`,
    { retriable: true },
  );
}

/** Live files and all. @throws DeltaError where there is no table */
export async function newestSnapshot(store: ObjectStore, deps: DeltaDeps): Promise<Snapshot> {
  const seenAt = deps.clock();
  const snapshot = await withRetries(() => loadSnapshot(store), deps);
  if (snapshot !== undefined) return { ...snapshot, seenAt };
  throw noTable(store);
}

/** @param store where it should be: a folder is named, for a path is easily mistaken */
export function noTable({ localPath }: ObjectStore): DeltaError {
  const place = localPath?.(LOG_FOLDER.slice(0, -1)) ?? LOG_FOLDER;
  return new DeltaError(`there is no Delta table at this place: nothing lies in ${place}`);
}
