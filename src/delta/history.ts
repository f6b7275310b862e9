import type { ObjectStore } from '../stores/object-store.ts';
import type { CommitInfo } from './actions.ts';
import { mapInOrder } from './in-order.ts';
import { listLog } from './log-segment.ts';
import { readCommit } from './read-commits.ts';

/** Commits fetched at a time. */
const WIDTH = 8;

/** A commit as its writer described it; writers need not say anything. */
export type HistoryEntry = { readonly version: number } & Pick<
  CommitInfo,
  | 'timestamp'
  | 'operation'
  | 'operationParameters'
  | 'operationMetrics'
  | 'readVersion'
  | 'isBlindAppend'
  | 'engineInfo'
  | 'userMetadata'
>;

/** The table's commits, the newest first, as far as the log reaches back. */
export async function* readHistory(store: ObjectStore): AsyncGenerator<HistoryEntry> {
  const versions = (await listLog(store)).flatMap(({ kind, version }) =>
    kind === 'commit' ? [version] : [],
  );
  yield* mapInOrder(versions.reverse(), WIDTH, (version) => readEntry(store, version));
}

/** One that log clean-up takes away meanwhile is known by its version only. */
async function readEntry(store: ObjectStore, version: number): Promise<HistoryEntry> {
  const actions = (await readCommit(store, version)) ?? [];
  const info = actions.find((action) => 'commitInfo' in action)?.commitInfo ?? {};
  const { timestamp, operation, operationParameters, operationMetrics } = info;
  const { readVersion, isBlindAppend, engineInfo, userMetadata } = info;
  return {
    version,
    ...defined({ timestamp, operation, operationParameters, operationMetrics }),
    ...defined({ readVersion, isBlindAppend, engineInfo, userMetadata }),
  };
}

function defined<T extends object>(members: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
