import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ObjectStore } from '../stores/object-store.ts';
import type { SqlFile } from './sql-engine.ts';
import { DataFileGoneError, SqlError } from './sql-error.ts';

const CONCURRENT_DOWNLOADS = 8;

export type StagedFile = { readonly store: ObjectStore; readonly file: SqlFile };

/** Copies that a query holds. */
export type Lease = { readonly paths: readonly string[]; release(): void };

/**
 * Local copies of objects, for an engine that reads files only. A copy stays after its query, so that the next one finds it,
 * until room is needed (the longest unused goes first) or `close`.
 */
export type Staging = {
  /**
   * Fetches what is missing; `paths` stand in the order of `wanted`. Rejects with `SqlError` where the copies in use would
   * take more than the limit, with `DataFileGoneError` where an object is gone.
   */
  acquire(wanted: readonly StagedFile[]): Promise<Lease>;
  close(): Promise<void>;
};

type Copy = { readonly path: string; readonly size: number; users: number; readonly fetched: Promise<void> };

/** `limit`: bytes that the copies may take together. Nothing is made in `directory` before the first copy. */
export function createStaging(directory: string, limit: number): Staging {
  const storeIds = new WeakMap<ObjectStore, number>();
  // in order of last use
  const copies = new Map<string, Copy>();
  const takeTurn = createTurns(CONCURRENT_DOWNLOADS);
  let folder: Promise<string> | undefined;
  let stores = 0;
  let serial = 0;
  let held = 0;

  function nameOf({ store, file }: StagedFile): string {
    const id = storeIds.get(store) ?? stores++;
    storeIds.set(store, id);
    return `${id}/${file.key}`;
  }

  function drop(name: string, copy: Copy): Promise<void> {
    copies.delete(name);
    held -= copy.size;
    return rm(copy.path, { force: true });
  }

  async function makeRoom(size: number): Promise<void> {
    const dropped: Promise<void>[] = [];
    for (const [name, copy] of copies) {
      if (held + size <= limit) break;
      if (copy.users === 0) dropped.push(drop(name, copy));
    }
    await Promise.all(dropped);
    if (held + size > limit) {
      throw new SqlError(
        `the query needs ${held + size} bytes of data files on local disk, of at most ${limit}: read fewer files, or give the engine more room`,
      );
    }
  }

  function startCopy(root: string, name: string, wanted: StagedFile): Copy {
    const path = join(root, `${serial++}.parquet`);
    const fetched = takeTurn(() => download(wanted, path));
    const copy: Copy = { path, size: wanted.file.size, users: 1, fetched };
    copies.set(name, copy);
    held += copy.size;
    fetched.catch(() => drop(name, copy));
    return copy;
  }

  return {
    async acquire(wanted) {
      if (wanted.length === 0) return { paths: [], release() {} };
      folder ??= openFolder(directory);
      const root = await folder;
      const leased: Copy[] = [];
      const release = () => {
        for (const copy of leased) copy.users--;
      };
      try {
        for (const each of wanted) {
          const name = nameOf(each);
          const known = copies.get(name);
          if (known === undefined) {
            await makeRoom(each.file.size);
            leased.push(startCopy(root, name, each));
          } else {
            known.users++;
            copies.delete(name);
            copies.set(name, known);
            leased.push(known);
          }
        }
        await Promise.all(leased.map((copy) => copy.fetched));
      } catch (error) {
        release();
        throw error;
      }
      return { paths: leased.map((copy) => copy.path), release };
    },
    async close() {
      await Promise.allSettled([...copies.values()].map((copy) => copy.fetched));
      copies.clear();
      held = 0;
      if (folder !== undefined) await rm(await folder, { recursive: true, force: true });
      folder = undefined;
    },
  };
}

async function download({ store, file }: StagedFile, path: string): Promise<void> {
  const bytes = await store.get(file.key);
  if (bytes === undefined) throw new DataFileGoneError(file.key);
  await writeFile(path, bytes);
}

/** A folder of this process; those of processes that died go. */
async function openFolder(directory: string): Promise<string> {
  await sweepSessions(directory);
  return mkdtemp(join(directory, `session-${process.pid}-`));
}

/** Removes what processes left in the folder that died in the middle of a query; makes the folder where it is missing. */
export async function sweepSessions(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  for (const name of await readdir(directory)) {
    const owner = /^session-(\d+)-/.exec(name)?.[1];
    if (owner !== undefined && !isAlive(Number(owner)))
      await rm(join(directory, name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives, and is somebody else's
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/** Runs at most `limit` tasks at a time, in order. */
function createTurns(limit: number): <T>(task: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (task) => {
    if (running >= limit) await new Promise<void>((resolve) => waiting.push(resolve));
    else running++;
    try {
      return await task();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running--;
      else next();
    }
  };
}
