import type { ObjectStore } from '../stores/object-store.ts';
import type { Action } from './actions.ts';
import { parseCommit } from './commit-text.ts';
import type { DeltaDeps } from './deps.ts';
import { LogGoneError } from './errors.ts';
import { mapInOrder } from './in-order.ts';
import { commitPath } from './log-path.ts';
import { withRetries } from './retry.ts';

const WIDTH = 8;
/** Names asked for at a time that may not be there. */
const WIDEST = 32;

export type Commit = { readonly version: number; readonly actions: readonly Action[] };

/**
 * The commits of those versions, both ends included, in order: for whoever follows a table's changes.
 * @throws LogGoneError where one of them has been cleaned away
 */
export async function* readCommits(
  store: ObjectStore,
  fromVersion: number,
  toVersion: number,
): AsyncGenerator<Commit> {
  yield* mapInOrder(versions(fromVersion, toVersion), WIDTH, async (version) => {
    const actions = await readCommit(store, version);
    if (actions === undefined) throw new LogGoneError(version);
    return { version, actions };
  });
}

/**
 * All commits from a version on: none where it does not exist. Nobody has to list the log for it: names are asked for in
 * groups that double while all of a group are there.
 */
export async function readNewCommits(
  store: ObjectStore,
  fromVersion: number,
  deps: Pick<DeltaDeps, 'random' | 'sleep'>,
): Promise<readonly Commit[]> {
  const commits: Commit[] = [];
  for (let width = 2; ; width = Math.min(2 * width, WIDEST)) {
    const first = fromVersion + commits.length;
    const group = await Promise.all(
      Array.from({ length: width }, async (_, i) => ({
        version: first + i,
        actions: await withRetries(() => readCommit(store, first + i), deps),
      })),
    );
    for (const { version, actions } of group) {
      // what was written behind a name that was missing a moment ago is the next reader's
      if (actions === undefined) return commits;
      commits.push({ version, actions });
    }
  }
}

/** The actions of a version, or undefined where its commit is not there. */
export async function readCommit(
  store: ObjectStore,
  version: number,
): Promise<readonly Action[] | undefined> {
  const path = commitPath(version);
  const bytes = await store.get(path);
  return bytes && parseCommit(bytes, path);
}

function* versions(from: number, to: number): Iterable<number> {
  for (let version = from; version <= to; version++) yield version;
}
