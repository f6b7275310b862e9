import type { ObjectStore } from '../stores/object-store.ts';
import type { Action } from './actions.ts';
import { parseCommit } from './commit-text.ts';
import { LogGoneError } from './errors.ts';
import { mapInOrder } from './in-order.ts';
import { commitPath } from './log-path.ts';

const WIDTH = 8;

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
