import type { ObjectStore } from '../stores/object-store.ts';
import { CorruptLogError, DeltaError, VersionGoneError } from './errors.ts';
import {
  commitPath,
  LAST_CHECKPOINT_PATH,
  LOG_FOLDER,
  type LogFile,
  parseLogFile,
  versionPrefix,
} from './log-path.ts';

/** A whole checkpoint: one file, or all its parts. */
export type Checkpoint = { readonly version: number; readonly files: readonly LogFile[] };

/** The files that make up a version: the newest checkpoint at or before it, and every commit after that. */
export type LogSegment = {
  readonly version: number;
  readonly checkpoint: Checkpoint | undefined;
  readonly commits: readonly LogFile[];
};

/**
 * Finds the files of the newest version, or of `version`. Undefined where there is no table.
 * The hint spares a long listing; a corrupt or stale one costs a full listing, nothing else.
 *
 * @throws CorruptLogError where a commit is missing, VersionGoneError where the version was cleaned away
 */
export async function findSegment(store: ObjectStore, version?: number): Promise<LogSegment | undefined> {
  const hinted = version === undefined ? await readCheckpointHint(store) : undefined;
  if (hinted !== undefined) {
    const files = await listLog(store, hinted);
    if (completeCheckpoints(files).some((checkpoint) => checkpoint.version >= hinted))
      return segmentOf(files, version);
  }
  return segmentOf(await listLog(store), version);
}

/** The version that `_last_checkpoint` names, or undefined where it is missing or makes no sense. */
export async function readCheckpointHint(store: ObjectStore): Promise<number | undefined> {
  const bytes = await store.get(LAST_CHECKPOINT_PATH);
  if (bytes === undefined) return undefined;
  try {
    const { version } = JSON.parse(new TextDecoder().decode(bytes)) as { readonly version?: unknown };
    return Number.isSafeInteger(version) && Number(version) >= 0 ? Number(version) : undefined;
  } catch {
    // a hint and no more ("Last Checkpoint File"): without it the log is listed from its start
    return undefined;
  }
}

/** The files of the log that replaying may need, from a version on. */
export async function listLog(store: ObjectStore, from = 0): Promise<LogFile[]> {
  const files: LogFile[] = [];
  for await (const info of store.list(LOG_FOLDER, { startAfter: versionPrefix(from) })) {
    const file = parseLogFile(info);
    if (file !== undefined) files.push(file);
  }
  return files;
}

export function completeCheckpoints(files: readonly LogFile[]): Checkpoint[] {
  const parts = new Map<string, LogFile[]>();
  const whole: Checkpoint[] = [];
  for (const file of files) {
    if (file.kind === 'classic-checkpoint' || file.kind === 'uuid-checkpoint') {
      whole.push({ version: file.version, files: [file] });
    } else if (file.kind === 'multipart-checkpoint') {
      const key = `${file.version}/${file.parts}`;
      const known = [...(parts.get(key) ?? []), file];
      parts.set(key, known);
      if (known.length === file.parts) whole.push({ version: file.version, files: known });
    }
  }
  return whole.sort((a, b) => a.version - b.version);
}

function segmentOf(files: readonly LogFile[], version: number | undefined): LogSegment | undefined {
  const upTo = version ?? Number.MAX_SAFE_INTEGER;
  const checkpoints = completeCheckpoints(files);
  const checkpoint = checkpoints.findLast((candidate) => candidate.version <= upTo);
  const from = checkpoint === undefined ? 0 : checkpoint.version + 1;
  const commits = files.filter(
    (file) => file.kind === 'commit' && file.version >= from && file.version <= upTo,
  );
  const later = checkpoints[0]?.version;
  if (version !== undefined && checkpoint === undefined && later !== undefined && commits[0]?.version !== 0)
    throw new VersionGoneError(`version ${version}`, later);
  if (checkpoint === undefined && commits.length === 0) {
    if (version === undefined) return undefined;
    throw new DeltaError(`version ${version} cannot be read: the log holds no commit up to it`);
  }
  commits.forEach((commit, i) => {
    if (commit.version === from + i) return;
    const before =
      from + i === 0 ? 'no checkpoint covers it' : `the log goes on with version ${commit.version}`;
    throw new CorruptLogError(commitPath(from + i), `version ${from + i} is missing; ${before}`);
  });
  const newest = from + commits.length - 1;
  if (version !== undefined && newest < version) {
    throw new DeltaError(`version ${version} does not exist: the newest is ${newest}`);
  }
  return { version: newest, checkpoint, commits };
}
