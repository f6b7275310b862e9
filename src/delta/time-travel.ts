import type { ObjectStore } from '../stores/object-store.ts';
import { parseCommit } from './commit-text.ts';
import { CorruptLogError, DeltaError } from './errors.ts';
import { mapInOrder } from './in-order.ts';
import { type LogFile } from './log-path.ts';
import { listLog } from './log-segment.ts';

/**
 * The newest version that was committed at or before a time, in ms. A commit's time is that of its file, as everywhere
 * in the field, made to grow strictly; where the table keeps `inCommitTimestamp`, it is that.
 *
 * @throws DeltaError where the log begins later
 */
export async function versionAsOf(store: ObjectStore, asOf: number): Promise<number | undefined> {
  const commits = (await listLog(store)).filter((file) => file.kind === 'commit');
  if (commits.length === 0) return undefined;
  let found: number | undefined;
  let last = Number.NEGATIVE_INFINITY;
  for await (const { version, committedAt } of mapInOrder(commits, 16, (commit) =>
    commitTime(store, commit),
  )) {
    last = Math.max(committedAt, last + 1);
    if (last > asOf) break;
    found = version;
  }
  if (found === undefined) {
    throw new DeltaError(
      `nothing was committed at or before ${new Date(asOf).toISOString()} as far as the log reaches back`,
    );
  }
  return found;
}

async function commitTime(store: ObjectStore, { path, version, modifiedAt }: LogFile) {
  const bytes = await store.get(path);
  if (bytes === undefined) throw new CorruptLogError(path, `commit ${version} was listed, and is gone`);
  const [first] = parseCommit(bytes, path);
  const inCommit =
    first !== undefined && 'commitInfo' in first ? first.commitInfo['inCommitTimestamp'] : undefined;
  return { version, committedAt: typeof inCommit === 'number' ? inCommit : modifiedAt };
}
