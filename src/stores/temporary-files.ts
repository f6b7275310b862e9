import { randomUUID } from 'node:crypto';
import { readdir, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { unlessMissing } from './file-errors.ts';

/** A dot in front: Spark and its kin skip such files too, should they scan the folder of a table. */
const MARK = '.tmp-';

/** The name of a file that is being written, beside its goal. */
export function nameTemporary(): string {
  return MARK + randomUUID();
}

export function isTemporary(name: string): boolean {
  return name.startsWith(MARK);
}

/**
 * Deletes what killed writers left below `root`: temporary files last written before `before` (milliseconds since the
 * epoch). Take a time that no write which still runs can reach back to.
 *
 * @returns how many were deleted
 * @throws the file system's own error where a folder cannot be read or written
 */
export async function sweepTemporaries(root: string, before: number): Promise<number> {
  let swept = 0;
  for (const entry of (await unlessMissing(readdir(root, { withFileTypes: true }))) ?? []) {
    const path = join(root, entry.name);
    if (entry.isDirectory()) swept += await sweepTemporaries(path, before);
    else if (entry.isFile() && isTemporary(entry.name)) {
      const info = await unlessMissing(stat(path));
      if (info === undefined || info.mtimeMs >= before) continue;
      await unlessMissing(unlink(path));
      swept++;
    }
  }
  return swept;
}
