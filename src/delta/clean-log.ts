import type { ObjectInfo, ObjectStore } from '../stores/object-store.ts';
import { FRESH_MS } from './commit.ts';
import type { DeltaDeps } from './deps.ts';
import { LAST_CHECKPOINT_PATH, LOG_FOLDER, parseLogFile } from './log-path.ts';
import { completeCheckpoints, findSegment, readCheckpointHint } from './log-segment.ts';
import { assertWritable } from './protocol.ts';
import { replayState } from './replay.ts';
import { withRetries } from './retry.ts';
import { isLogCleaned, logRetention } from './table-properties.ts';

/** A writer relies on what it saw for an hour: what it may build on must still be there. */
const SHORTEST_RETENTION_MS = 2 * FRESH_MS;

export type CleanLogOptions = {
  /** ms; by default `delta.logRetentionDuration`, or 30 days; two hours at least */
  readonly retention?: number;
  /** says what would be deleted, and deletes nothing */
  readonly dryRun?: boolean;
  /** deletes nothing more from this time on, in ms */
  readonly until?: number;
};

export type CleanLogReport = {
  readonly version: number;
  /** the oldest version that can be read afterwards */
  readonly oldest: number;
  /** files of the log that a checkpoint stands for */
  readonly files: readonly ObjectInfo[];
  /** of these files; 0 in a dry run */
  readonly deleted: number;
  readonly complete: boolean;
};

/**
 * Deletes the part of the log that is older than the retention. What stays: the newest checkpoint at or before the cut-off,
 * the commit of its version, and all after. Without such a checkpoint nothing is deleted. Oldest first, so that what is
 * left is whole whenever it stops. Undefined where there is no table.
 */
export async function cleanLog(
  store: ObjectStore,
  options: CleanLogOptions,
  deps: DeltaDeps,
): Promise<CleanLogReport | undefined> {
  const { dryRun = false, until = Number.POSITIVE_INFINITY } = options;
  const now = deps.clock();
  const segment = await withRetries(() => findSegment(store), deps);
  if (segment === undefined) return undefined;
  const state = await withRetries(() => replayState(store, segment, now), deps);
  assertWritable(state);
  const retention = Math.max(SHORTEST_RETENTION_MS, options.retention ?? logRetention(state.metadata));
  const listed = await withRetries(() => listFolder(store), deps);
  const oldest = isLogCleaned(state.metadata) ? findOldest(listed, now - retention) : undefined;
  const files = oldest === undefined ? [] : listed.filter((info) => versionOf(info) < oldest);
  let deleted = 0;
  if (!dryRun) {
    if (oldest !== undefined && files.length > 0) await dropStaleHint(store, oldest, deps);
    for (const { key } of files) {
      if (deps.clock() >= until) break;
      await withRetries(() => store.delete(key), deps);
      deleted++;
    }
  }
  return {
    version: segment.version,
    oldest: oldest ?? Math.min(segment.version, ...listed.map(versionOf)),
    files,
    deleted,
    complete: deleted === files.length,
  };
}

/**
 * A hint that names a checkpoint which goes now, goes first: who wrote a later checkpoint may not have come to say so.
 * Without a hint readers list the log.
 */
async function dropStaleHint(store: ObjectStore, oldest: number, deps: DeltaDeps): Promise<void> {
  const hinted = await withRetries(() => readCheckpointHint(store), deps);
  if (hinted !== undefined && hinted < oldest)
    await withRetries(() => store.delete(LAST_CHECKPOINT_PATH), deps);
}

async function listFolder(store: ObjectStore): Promise<ObjectInfo[]> {
  const files: ObjectInfo[] = [];
  for await (const info of store.list(LOG_FOLDER)) if (Number.isFinite(versionOf(info))) files.push(info);
  return files;
}

/** The version that a file of the log is of; infinite where it is of none, or of several. */
function versionOf({ key }: ObjectInfo): number {
  const match = /^_delta_log\/(\d{20})\.(?!\d{20}\.compacted)/.exec(key);
  return match === null ? Number.POSITIVE_INFINITY : Number(match[1]);
}

/** The newest checkpoint of a version that was the newest at the cut-off, or had been before. */
function findOldest(listed: readonly ObjectInfo[], cutOff: number): number | undefined {
  const files = listed.flatMap((info) => parseLogFile(info) ?? []);
  // times need not grow with versions: what follows an old commit may be older
  const firstYoung = files.find((file) => file.kind === 'commit' && file.modifiedAt > cutOff);
  const limit = firstYoung?.version ?? Number.POSITIVE_INFINITY;
  return completeCheckpoints(files).findLast(({ version }) => version < limit)?.version;
}
