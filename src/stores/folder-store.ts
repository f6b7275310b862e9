import { link, open, readFile, rename, stat, unlink } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { codeOf, fileError, unlessMissing } from './file-errors.ts';
import { createFolderMaker, syncFolder } from './durable-folders.ts';
import { listFolder } from './list-folder.ts';
import type { ObjectStore } from './object-store.ts';
import { StoreError } from './store-error.ts';
import { isTemporary, nameTemporary } from './temporary-files.ts';

/** A folder's objects are files of their own: `localPath` says where, for engines that read them in place. */
export type FolderStore = ObjectStore & { readonly localPath: (key: string) => string };

/**
 * A folder as a store, safe between processes. Creation is exclusive and atomic (design 5.3): the bytes go to a temporary
 * file beside the goal and to disk, `link()` gives them their name if nobody has it, and the folder goes to disk too.
 * `open('wx')` would leave half an object behind after a kill; all that a kill leaves here is a temporary file, which is
 * never listed and which `sweepTemporaries` removes.
 *
 * @param root made by the first write; reading from a folder that is not there finds nothing
 * @throws StoreError from every call, naming the path and what would mend it; keys that lead out of the root are refused
 */
export function createFolderStore(root: string): FolderStore {
  const top = resolve(root);
  const makeFolder = createFolderMaker(top);

  function localPath(key: string): string {
    if (!isKey(key)) throw refuseKey(key);
    return join(top, key);
  }

  /** Writes the bytes beside `path` and to disk, lets `place` give them their name, and makes the name durable. */
  async function write(path: string, bytes: Uint8Array, place: (temporary: string) => Promise<void>) {
    const folder = dirname(path);
    await makeFolder(folder);
    const temporary = join(folder, nameTemporary());
    try {
      const file = await open(temporary, 'wx');
      try {
        await file.writeFile(bytes);
        await file.sync();
      } finally {
        await file.close();
      }
      await place(temporary);
    } finally {
      await unlessMissing(unlink(temporary));
    }
    await syncFolder(folder);
  }

  return {
    localPath,
    async get(key) {
      const path = localPath(key);
      return attempt('read', path, () => unlessMissing(readFile(path)));
    },
    async getRange(key, offset, length) {
      const path = localPath(key);
      return attempt('read', path, () => readRange(path, offset, length));
    },
    async put(key, bytes) {
      const path = localPath(key);
      await attempt('write', path, () => write(path, bytes, (temporary) => rename(temporary, path)));
    },
    async putIfAbsent(key, bytes) {
      const path = localPath(key);
      return attempt('create', path, async () => {
        if (await isTaken(path)) return 'exists';
        try {
          await write(path, bytes, (temporary) => link(temporary, path));
          return 'created';
        } catch (error) {
          if (codeOf(error) === 'EEXIST' && (await isTaken(path))) return 'exists';
          throw error;
        }
      });
    },
    list: (prefix, options = {}) => listFolder(top, prefix, options.startAfter),
    async delete(key) {
      const path = localPath(key);
      await attempt('delete', path, () => unlessMissing(unlink(path)));
    },
  };
}

/** Relative, no empty or dotted part (two keys would share a file, or lead out of the root), no temporary file's name. */
function isKey(key: string): boolean {
  if (key.includes('\0')) return false;
  return key.split('/').every((part) => part !== '' && part !== '.' && part !== '..' && !isTemporary(part));
}

function refuseKey(key: string): StoreError {
  return new StoreError(
    `key ${JSON.stringify(key)} names no object in a folder: give a relative path without empty, "." or ".." parts`,
  );
}

async function attempt<T>(what: string, path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw fileError(what, path, error);
  }
}

/**
 * Whether an object stands at `path`. A rival's name may not have reached the disk yet: what we answer upon it must
 * outlive a loss of power, so it is made durable first.
 */
async function isTaken(path: string): Promise<boolean> {
  const info = await unlessMissing(stat(path));
  if (info === undefined) return false;
  if (info.isDirectory()) throw new StoreError(`cannot create ${path}: a folder of that name is in the way`);
  await syncFolder(dirname(path));
  return true;
}

async function readRange(path: string, offset: number, length: number): Promise<Uint8Array> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const start = offset < 0 ? Math.max(0, size + offset) : offset;
    const bytes = Buffer.alloc(Math.max(0, Math.min(length, size - start)));
    for (let filled = 0; filled < bytes.length;) {
      const { bytesRead } = await file.read(bytes, filled, bytes.length - filled, start + filled);
      if (bytesRead === 0)
        throw new StoreError(`${path} was cut to ${start + filled} bytes while it was read`);
      filled += bytesRead;
    }
    return bytes;
  } finally {
    await file.close();
  }
}
