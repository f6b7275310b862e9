import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { link, mkdir, open, readdir, readFile, rename, stat, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { TributaryError } from '../errors.ts';
import { compareUtf8 } from './memory-store.ts';
import type { ObjectInfo, ObjectStore } from './object-store.ts';

/** Marks what is being written: never listed, and swept by vacuum when a kill left it. */
const TEMPORARY = /^\.tmp-/;

/**
 * A folder as a store. Creation is exclusive and atomic (design 5.3): the bytes go to a temporary file beside the goal and
 * to disk, `link()` gives them their name if nobody has it, and the folder goes to disk too. `open('wx')` would leave half
 * an object behind after a kill.
 *
 * @param root an absolute path; folders below it are made as they are needed
 */
export function createFolderStore(
  root: string,
): ObjectStore & { readonly localPath: (key: string) => string } {
  const localPath = (key: string) => {
    if (key === '' || key.startsWith('/') || key.split('/').some((part) => part === '..' || part === '.')) {
      throw new TributaryError(
        `key ${JSON.stringify(key)} does not lie in the store: give a relative path without dots`,
      );
    }
    return join(root, key);
  };

  async function writeTemporary(folder: string, bytes: Uint8Array): Promise<string> {
    await makeFolder(root, folder);
    const temporary = join(folder, `.tmp-${randomUUID()}`);
    const file = await open(temporary, 'wx');
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    return temporary;
  }

  return {
    localPath,
    async get(key) {
      return (await unlessMissing(readFile(localPath(key)))) ?? undefined;
    },
    async getRange(key, offset, length) {
      const file = await open(localPath(key), constants.O_RDONLY);
      try {
        const { size } = await file.stat();
        const start = offset < 0 ? Math.max(0, size + offset) : offset;
        const bytes = Buffer.alloc(Math.max(0, Math.min(length, size - start)));
        await file.read(bytes, 0, bytes.length, start);
        return bytes;
      } finally {
        await file.close();
      }
    },
    async put(key, bytes) {
      const path = localPath(key);
      await rename(await writeTemporary(dirname(path), bytes), path);
      await syncFolder(dirname(path));
    },
    async putIfAbsent(key, bytes) {
      const path = localPath(key);
      if (await exists(path)) return 'exists';
      const temporary = await writeTemporary(dirname(path), bytes);
      try {
        await link(temporary, path);
      } catch (error) {
        if (codeOf(error) === 'EEXIST') return 'exists';
        throw error;
      } finally {
        await unlink(temporary);
      }
      await syncFolder(dirname(path));
      return 'created';
    },
    async *list(prefix, { startAfter } = {}) {
      const slash = prefix.lastIndexOf('/') + 1;
      const found: ObjectInfo[] = [];
      for await (const info of walk(root, prefix.slice(0, slash))) {
        if (
          info.key.startsWith(prefix) &&
          (startAfter === undefined || compareUtf8(info.key, startAfter) > 0)
        )
          found.push(info);
      }
      yield* found.sort((a, b) => compareUtf8(a.key, b.key));
    },
    async delete(key) {
      await unlessMissing(unlink(localPath(key)));
    },
  };
}

async function* walk(root: string, folder: string): AsyncIterable<ObjectInfo> {
  const entries = (await unlessMissing(readdir(join(root, folder), { withFileTypes: true }))) ?? [];
  for (const entry of entries) {
    const key = folder + entry.name;
    if (entry.isDirectory()) yield* walk(root, `${key}/`);
    else if (!TEMPORARY.test(entry.name)) {
      // a file may be deleted between the two looks
      const info = await unlessMissing(stat(join(root, key)));
      if (info !== undefined) yield { key, size: info.size, modifiedAt: Math.floor(info.mtimeMs) };
    }
  }
}

/** Makes a folder durably: each new level stands in its parent, which has to go to disk. */
async function makeFolder(root: string, folder: string): Promise<void> {
  const made = await mkdir(folder, { recursive: true });
  if (made === undefined) return;
  for (let path = folder; path.length >= Math.min(made.length, root.length); path = dirname(path)) {
    await syncFolder(dirname(path));
    if (path === made) break;
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function exists(path: string): Promise<boolean> {
  return (await unlessMissing(stat(path))) !== undefined;
}

async function unlessMissing<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return undefined;
    throw error;
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
