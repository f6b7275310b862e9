import type { AddFile, RemoveFile } from '../delta/actions.ts';
import { fileIdentity } from '../delta/file-path.ts';
import { LogGoneError } from '../delta/errors.ts';
import { readCommits } from '../delta/read-commits.ts';
import type { ObjectStore } from '../stores/object-store.ts';

/** Files whose rows came or went, each once. */
export type SourceChanges =
  | { readonly kind: 'known'; readonly added: readonly AddFile[]; readonly removed: readonly RemoveFile[] }
  | { readonly kind: 'unknown'; readonly why: string };

/**
 * What changed in a table's rows after version `from`, up to and with version `to` (design 5.7): rewrites that changed no
 * row do not count, and a file that came and went in between never was. Unknown where the log no longer reaches back.
 */
export async function readChanges(store: ObjectStore, from: number, to: number): Promise<SourceChanges> {
  const added = new Map<string, AddFile>();
  const removed = new Map<string, RemoveFile>();
  try {
    for await (const { actions } of readCommits(store, from + 1, to)) {
      for (const action of actions) {
        if ('add' in action && action.add.dataChange) added.set(fileIdentity(action.add), action.add);
        if ('remove' in action && action.remove.dataChange) {
          const identity = fileIdentity(action.remove);
          if (!added.delete(identity)) removed.set(identity, action.remove);
        }
      }
    }
  } catch (error) {
    if (!(error instanceof LogGoneError)) throw error;
    return { kind: 'unknown', why: `the source's log no longer holds version ${error.version}` };
  }
  return { kind: 'known', added: Array.from(added.values()), removed: Array.from(removed.values()) };
}
