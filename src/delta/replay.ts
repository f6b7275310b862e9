import type { ObjectStore } from '../stores/object-store.ts';
import type { Action, AddFile, RemoveFile, SetTransaction } from './actions.ts';
import { readCheckpoint } from './checkpoint-reader.ts';
import { parseCommit } from './commit-text.ts';
import { CorruptLogError } from './errors.ts';
import { fileIdentity } from './file-path.ts';
import { mapInOrder } from './in-order.ts';
import type { LogSegment } from './log-segment.ts';
import { assertReadable } from './protocol.ts';
import { applyActions, completeState, NO_STATE, type PartialState, type TableState } from './table-state.ts';

/** Commits fetched at a time. */
const WIDTH = 16;

/** Everything that a version consists of ("Action Reconciliation"): files by identity, tombstones, transactions by application. */
export type Replay = {
  readonly state: TableState;
  readonly files: ReadonlyMap<string, AddFile>;
  readonly tombstones: ReadonlyMap<string, RemoveFile>;
  readonly transactions: ReadonlyMap<string, SetTransaction>;
};

/** Replays a version's log. @throws CorruptLogError, UnsupportedFeatureError */
export async function replayLog(store: ObjectStore, segment: LogSegment, seenAt: number): Promise<Replay> {
  const files = new Map<string, AddFile>();
  const tombstones = new Map<string, RemoveFile>();
  const transactions = new Map<string, SetTransaction>();
  let state: PartialState = NO_STATE;
  const apply = (version: number, actions: readonly Action[]) => {
    state = applyActions(state, version, actions, seenAt);
    for (const action of actions) {
      if ('add' in action) {
        const identity = fileIdentity(action.add);
        files.set(identity, action.add);
        tombstones.delete(identity);
      } else if ('remove' in action) {
        const identity = fileIdentity(action.remove);
        files.delete(identity);
        tombstones.set(identity, action.remove);
      } else if ('txn' in action) {
        transactions.set(action.txn.appId, action.txn);
      }
    }
  };
  const { checkpoint } = segment;
  if (checkpoint !== undefined) {
    const kinds = ['protocol', 'metaData', 'txn', 'add', 'remove'] as const;
    for await (const actions of readCheckpoint(store, checkpoint, kinds)) apply(checkpoint.version, actions);
    completeCheckpoint(state, checkpoint.files[0]!.path);
  }
  for await (const { version, actions } of readSegmentCommits(store, segment)) apply(version, actions);
  return { state: readableState(state), files, tombstones, transactions };
}

/** The light state of a version: of a checkpoint only the columns that it needs, of the files nothing. */
export async function replayState(
  store: ObjectStore,
  segment: LogSegment,
  seenAt: number,
): Promise<TableState> {
  let state: PartialState = NO_STATE;
  const { checkpoint } = segment;
  if (checkpoint !== undefined) {
    for await (const actions of readCheckpoint(store, checkpoint, ['protocol', 'metaData', 'txn'])) {
      state = applyActions(state, checkpoint.version, actions, seenAt);
    }
    completeCheckpoint(state, checkpoint.files[0]!.path);
  }
  for await (const { version, actions } of readSegmentCommits(store, segment)) {
    state = applyActions(state, version, actions, seenAt);
  }
  return readableState(state);
}

/** A checkpoint stands for the log before it: it cannot lack what every log has. */
function completeCheckpoint({ protocol, metadata, version }: PartialState, path: string): void {
  const missing = protocol === undefined ? 'protocol' : metadata === undefined ? 'metaData' : undefined;
  if (missing !== undefined)
    throw new CorruptLogError(path, `the checkpoint of version ${version} holds no ${missing} action`);
}

function readableState(state: PartialState): TableState {
  const complete = completeState(state);
  assertReadable(complete.protocol);
  return complete;
}

async function* readSegmentCommits(store: ObjectStore, { commits }: LogSegment) {
  yield* mapInOrder(commits, WIDTH, async ({ path, version }) => {
    const bytes = await store.get(path);
    if (bytes === undefined) throw new CorruptLogError(path, `commit ${version} was listed, and is gone`);
    return { version, actions: parseCommit(bytes, path) };
  });
}
