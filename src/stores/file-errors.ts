import { StoreError } from './store-error.ts';

/** Out of descriptors, busy, a network mount that hiccups: the same call may succeed a moment later. */
const PASSING = new Set(['EMFILE', 'ENFILE', 'EAGAIN', 'EBUSY', 'EINTR', 'ETIMEDOUT', 'ESTALE']);

const MENDS: Readonly<Record<string, string>> = {
  EACCES: 'let this user read and write there, or choose another folder',
  EPERM:
    'let this user read and write there, or choose another folder (one whose file system has hard links)',
  EROFS: 'the file system is read-only: choose another folder',
  ENOSPC: 'the disk is full: make room',
  EDQUOT: 'the quota is used up: make room',
  ENOTDIR: 'a file stands where a folder is needed: remove it, or choose another folder',
  EEXIST: 'a file stands where a folder is needed: remove it, or choose another folder',
  EISDIR: 'a folder of that name is in the way',
  ENOENT: 'there is nothing of that name',
  ENAMETOOLONG: 'the name is too long for the file system',
  ENOTSUP: 'the file system has no hard links: choose another folder',
};

/** Says in our words what the file system refused: `what` it was asked, on which `path`, and what would mend it. */
export function fileError(what: string, path: string, error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  const code = codeOf(error);
  const mend = code === undefined ? undefined : MENDS[code];
  const reason = code ?? (error instanceof Error ? error.message : String(error));
  return new StoreError(`cannot ${what} ${path}: ${reason}${mend === undefined ? '' : `, ${mend}`}`, {
    retriable: code !== undefined && PASSING.has(code),
    cause: error,
  });
}

/** The result, or undefined where the path leads nowhere: to no file, through a file, or to a folder. */
export async function unlessMissing<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EISDIR') return undefined;
    throw error;
  }
}

export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
