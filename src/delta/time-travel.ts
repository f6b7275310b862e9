import type { ObjectStore } from '../stores/object-store.ts';
import { parseCommit } from './commit-text.ts';
import { CorruptLogError, DeltaError, VersionGoneError } from './errors.ts';
import { mapInOrder } from './in-order.ts';
import { type LogFile } from './log-path.ts';
import { completeCheckpoints, listLog } from './log-segment.ts';

/**
 * The newest version that was committed at or before a time, in ms. A commit's time is that of its file, as everywhere
 * in the field, made to grow strictly; where the table keeps `inCommitTimestamp`, it is that.
 *
 * @throws DeltaError where the table came later, VersionGoneError where the log no longer reaches back
 */
export async function versionAsOf(store: ObjectStore, asOf: number): Promise<number | undefined> {
  const log = await listLog(store);
  const commits = log.filter((file) => file.kind === 'commit');
  if (log.length === 0) return undefined;
  let found: number | undefined;
  let last = Number.NEGATIVE_INFINITY;
  for await (const { version, committedAt } of mapInOrder(commits, 16, (commit) =>
    commitTime(store, commit),
  )) {
    last = Math.max(committedAt, last + 1);
    if (last > asOf) break;
    found = version;
  }
  if (found !== undefined) return found;
  const time = new Date(asOf).toISOString();
  const oldest = commits[0]?.version === 0 ? undefined : completeCheckpoints(log)[0]?.version;
  if (oldest !== undefined) throw new VersionGoneError(`what stood at ${time}`, oldest);
  throw new DeltaError(`nothing was committed at or before ${time}: the table came later`);
}

async function commitTime(store: ObjectStore, { path, version, modifiedAt }: LogFile) {
  const bytes = await store.get(path);
  if (bytes === undefined) throw new CorruptLogError(path, `commit ${version} was listed, and is gone`);
  const [first] = parseCommit(bytes, path);
  const inCommit =
    first !== undefined && 'commitInfo' in first ? first.commitInfo['inCommitTimestamp'] : undefined;
  return { version, committedAt: typeof inCommit === 'number' ? inCommit : modifiedAt };
}
