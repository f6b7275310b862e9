import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileError, unlessMissing } from './file-errors.ts';
import type { ObjectInfo } from './object-store.ts';
import { StoreError } from './store-error.ts';
import { isTemporary } from './temporary-files.ts';
import { compareUtf8 } from './utf8-order.ts';

/**
 * The files below `root` whose key starts with `prefix` and comes after `startAfter`, in order of their keys' UTF-8 bytes.
 * Folders that can hold none are not entered, and only what is listed is looked at: a long log costs one `readdir`.
 */
export async function* listFolder(
  root: string,
  prefix: string,
  startAfter: string | undefined,
): AsyncGenerator<ObjectInfo, void, undefined> {
  const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1);
  if (
    folder
      .split('/')
      .slice(0, -1)
      .some((part) => part === '' || part === '.' || part === '..')
  ) {
    throw new StoreError(
      `prefix ${JSON.stringify(prefix)} does not lie in a folder: give a relative one without dots`,
    );
  }
  yield* walk(root, folder, { prefix, startAfter });
}

type Wanted = { readonly prefix: string; readonly startAfter: string | undefined };

async function* walk(
  root: string,
  folder: string,
  wanted: Wanted,
): AsyncGenerator<ObjectInfo, void, undefined> {
  for (const { key, entry } of sortEntries(folder, await readFolder(join(root, folder)))) {
    if (entry.isDirectory()) {
      if (mayHold(key, wanted)) yield* walk(root, key, wanted);
    } else if (entry.isFile() && !isTemporary(entry.name) && isWanted(key, wanted)) {
      const path = join(root, key);
      try {
        // a file may be deleted between the two looks
        const info = await unlessMissing(stat(path));
        if (info !== undefined) yield { key, size: info.size, modifiedAt: Math.floor(info.mtimeMs) };
      } catch (error) {
        throw fileError('list', path, error);
      }
    }
  }
}

async function readFolder(path: string): Promise<readonly Dirent[]> {
  try {
    return (await unlessMissing(readdir(path, { withFileTypes: true }))) ?? [];
  } catch (error) {
    throw fileError('list', path, error);
  }
}

/** A folder sorts as its keys do, with the slash: `a.b` comes before `a/b`. */
function sortEntries(folder: string, entries: readonly Dirent[]) {
  return entries
    .map((entry) => ({ entry, key: folder + entry.name + (entry.isDirectory() ? '/' : '') }))
    .sort((a, b) => compareUtf8(a.key, b.key));
}

function isWanted(key: string, { prefix, startAfter }: Wanted): boolean {
  return key.startsWith(prefix) && (startAfter === undefined || compareUtf8(key, startAfter) > 0);
}

function mayHold(folder: string, { prefix, startAfter }: Wanted): boolean {
  if (!folder.startsWith(prefix) && !prefix.startsWith(folder)) return false;
  return startAfter === undefined || startAfter.startsWith(folder) || compareUtf8(folder, startAfter) > 0;
}
