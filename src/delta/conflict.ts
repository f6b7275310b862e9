import type { Action, AddFile } from './actions.ts';
import type { CommitRequest, Reads } from './commit-request.ts';
import { fileIdentity } from './file-path.ts';

/** Why a commit has to be planned anew. */
export type ConflictReason = 'protocol' | 'metadata' | 'txn' | 'removed' | 'added';

type Claims = Pick<CommitRequest, 'txns' | 'removes' | 'reads'>;

/** Whether a commit that won the race leaves ours without ground ("Conflict rules" in the facts of the protocol). */
export function findConflict(ours: Claims, winner: readonly Action[]): ConflictReason | undefined {
  const appIds = new Set(ours.txns?.map(({ appId }) => appId));
  const claimed = claimedFiles(ours);
  for (const action of winner) {
    if ('protocol' in action) return 'protocol';
    if ('metaData' in action) return 'metadata';
    if ('txn' in action && appIds.has(action.txn.appId)) return 'txn';
    if ('remove' in action && (ours.reads === 'table' || claimed.has(fileIdentity(action.remove))))
      return 'removed';
    if ('add' in action && readsAdded(ours.reads, action.add)) return 'added';
  }
  return undefined;
}

function claimedFiles({ removes = [], reads }: Claims): ReadonlySet<string> {
  const read = typeof reads === 'string' ? [] : reads.files;
  return new Set([...removes, ...read].map(fileIdentity));
}

/** A rewrite adds no rows: what it took them from is among its removes. */
function readsAdded(reads: Reads, add: AddFile): boolean {
  if (!add.dataChange || reads === 'nothing') return false;
  return reads === 'table' || (reads.matches?.(add) ?? false);
}
