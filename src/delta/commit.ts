import type { ObjectStore } from '../stores/object-store.ts';
import type { Action } from './actions.ts';
import { commitActions } from './commit-actions.ts';
import type { CommitRequest } from './commit-request.ts';
import { formatCommit } from './commit-text.ts';
import { type ConflictReason, findConflict } from './conflict.ts';
import type { DeltaDeps } from './deps.ts';
import { CorruptLogError, DeltaError } from './errors.ts';
import { commitPath } from './log-path.ts';
import { assertWritable } from './protocol.ts';
import { type Commit, readCommit, readNewCommits } from './read-commits.ts';
import { jitteredWait, withRetries } from './retry.ts';
import { loadTableState } from './snapshot.ts';
import { applyActions, type TableState } from './table-state.ts';

/** `state` is the newest that is known, in both cases. */
export type CommitResult =
  | { readonly kind: 'committed'; readonly state: TableState }
  | { readonly kind: 'conflict'; readonly reason: ConflictReason; readonly state: TableState };

/** Lost races after which a commit gives up for now. */
const MAX_RACES = 1_000;
/**
 * Lost races in a row after which a writer begins to wait, so that the others come through. While it waits it falls behind,
 * so from then on it reads up to the newest version before it tries again: to try every name between would be to lose again
 * and again, and to fall behind for ever.
 */
const PATIENT_RACES = 4;
/** By what its waits grow: slowly, for who waits long while others do not is overtaken by them for long. */
const PATIENCE = 1.25;
/** A state older than this may lie behind what log clean-up left: its version is looked for before it is built on. */
export const FRESH_MS = 3_600_000;

/**
 * Writes one commit, all or nothing: putting `<version>.json` where nothing is, is the only commit point (design 5.3).
 * Where others were faster, it moves past their commits as long as none of them touches what it stands on. An answer that
 * got lost is no conflict: the commit is known by its `txnId` (design 5.4). A fresh blind append costs one PUT, and a GET for
 * each commit of others; who loses race after race reads ahead, at most two names more than twice their number.
 *
 * @throws UnsupportedFeatureError where the table must not be written; errors with `retriable` where the outcome is open
 */
export async function commit(
  store: ObjectStore,
  request: CommitRequest,
  deps: DeltaDeps,
): Promise<CommitResult> {
  assertWritable(request.base);
  const txnId = deps.uuid();
  const refreshed = await refreshState(store, request, deps);
  if (refreshed.kind === 'conflict') return refreshed;
  let { state } = refreshed;
  for (let races = 0; races < MAX_RACES; races++) {
    const version = state.version + 1;
    const actions = commitActions(request, txnId, deps.clock());
    const bytes = formatCommit(actions);
    const outcome = await withRetries(() => store.putIfAbsent(commitPath(version), bytes), deps);
    if (outcome === 'created')
      return { kind: 'committed', state: applyActions(state, version, actions, deps.clock()) };
    const rivals = await readRivals(store, version, races, deps);
    const winner = rivals[0]!.actions;
    if (isOwn(winner, txnId))
      return { kind: 'committed', state: applyActions(state, version, winner, deps.clock()) };
    for (const rival of rivals) {
      state = applyActions(state, rival.version, rival.actions, deps.clock());
      const reason = findConflict(request, rival.actions);
      if (reason !== undefined)
        return { kind: 'conflict', reason, state: await newestState(store, state, deps) };
    }
  }
  throw new DeltaError(
    `lost ${MAX_RACES} commit races in a row at version ${state.version}: try again later`,
    {
      retriable: true,
    },
  );
}

/** The commit that took a version, and, for whoever has lost many races, all that came after it. */
async function readRivals(
  store: ObjectStore,
  version: number,
  races: number,
  deps: DeltaDeps,
): Promise<readonly Commit[]> {
  if (races >= PATIENT_RACES) {
    await deps.sleep(jitteredWait(races - PATIENT_RACES + 1, deps.random, PATIENCE));
    const rivals = await readNewCommits(store, version, deps);
    if (rivals.length > 0) return rivals;
  }
  const actions = await withRetries(() => readCommit(store, version), deps);
  if (actions === undefined)
    throw new CorruptLogError(commitPath(version), `version ${version} exists, and cannot be read`);
  return [{ version, actions }];
}

function isOwn(actions: readonly Action[], txnId: string): boolean {
  return actions.some((action) => 'commitInfo' in action && action.commitInfo.txnId === txnId);
}

/**
 * Log clean-up deletes old commits. A writer that slept through it would find the next version's name free again, and
 * commit into the past; so one that has not looked for a while builds on what is there now. To ask for its base alone would
 * not do: clean-up may take that, and what follows it, between the answer and the commit.
 */
async function refreshState(
  store: ObjectStore,
  request: CommitRequest,
  deps: DeltaDeps,
): Promise<CommitResult> {
  const { base } = request;
  if (deps.clock() - base.seenAt < FRESH_MS) return { kind: 'committed', state: base };
  const state = await newestState(store, base, deps);
  const reason = compareStates(request, state);
  return reason === undefined ? { kind: 'committed', state } : { kind: 'conflict', reason, state };
}

/** The conflict rules where the commits between two states are gone: what cannot be known counts as a conflict. */
function compareStates(
  { base, txns = [], removes = [], reads }: CommitRequest,
  state: TableState,
): ConflictReason | undefined {
  if (state.version === base.version) return undefined;
  if (JSON.stringify(state.protocol) !== JSON.stringify(base.protocol)) return 'protocol';
  if (JSON.stringify(state.metadata) !== JSON.stringify(base.metadata)) return 'metadata';
  if (txns.some(({ appId }) => state.txns.get(appId) !== base.txns.get(appId))) return 'txn';
  return reads === 'nothing' && removes.length === 0 ? undefined : 'removed';
}

/** Whoever has to plan anew wants to know all that has happened. */
async function newestState(store: ObjectStore, known: TableState, deps: DeltaDeps): Promise<TableState> {
  const state = await withRetries(() => loadTableState(store, deps.clock()), deps);
  if (state === undefined) throw new CorruptLogError(commitPath(known.version), 'the log is gone');
  return state.version >= known.version ? state : known;
}
