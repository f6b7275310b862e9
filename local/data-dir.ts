import { randomUUID } from 'node:crypto';
import { constants, existsSync } from 'node:fs';
import { access, mkdir, open, rename, stat, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { UsageError } from '../src/errors.ts';
import { explainSqliteError } from './sqlite-file.ts';

/** Where things lie in a data dir: files and folders, absolute or as the data dir is. */
export type DataDirPaths = {
  readonly lake: string;
  readonly stream: string;
  readonly ledger: string;
  /** the on-failure destination of the event source */
  readonly failedBatches: string;
  /** the laptop's certificate authority, and whose certificates there are */
  readonly certificates: string;
  readonly logs: string;
};

export function dataDirPaths(path: string): DataDirPaths {
  return {
    lake: lakeFolder(path),
    stream: join(path, 'stream.db'),
    ledger: join(path, 'ledger.db'),
    failedBatches: join(path, 'failed-batches'),
    certificates: join(path, 'certificates'),
    logs: join(path, 'logs'),
  };
}

export function lakeFolder(path: string): string {
  return join(path, 'lake');
}

/** A data dir that this process holds. `release` lets others have it. */
export type DataDir = DataDirPaths & { readonly release: () => void };

/** SQLITE_BUSY, https://sqlite.org/rescode.html */
const BUSY = 5;

/**
 * Makes the folder where it is missing.
 *
 * @throws UsageError where that is not possible or it cannot be written; nothing is left half-made then.
 */
export async function ensureDataDir(path: string): Promise<void> {
  try {
    await makeFolders(path);
    await access(path, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UsageError(
      `data dir ${path} cannot be written (${code ?? String(error)}): pass another --data-dir`,
      {
        cause: error,
      },
    );
  }
}

/** Level by level: where a parent takes no folders (as in /proc), `mkdir` with `recursive` tries for ever. */
async function makeFolders(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' && (await stat(path)).isDirectory()) return;
    const parent = dirname(path);
    if (code !== 'ENOENT' || parent === path || existsSync(parent)) throw error;
    await makeFolders(parent);
    await mkdir(path);
  }
}

/**
 * Takes the data dir for this process alone and makes its folders.
 *
 * @throws UsageError where it cannot be written or another process has it.
 */
export async function openDataDir(path: string): Promise<DataDir> {
  await ensureDataDir(path);
  const paths = dataDirPaths(path);
  const release = takeLock(path);
  try {
    for (const folder of [paths.lake, paths.failedBatches, paths.logs]) await ensureDataDir(folder);
  } catch (error) {
    release();
    throw error;
  }
  return { ...paths, release };
}

/**
 * An open exclusive transaction: the operating system drops the lock with the process, however that ends, so no stale lock
 * has to be told from a live one.
 */
function takeLock(path: string): () => void {
  const file = join(path, 'lock.db');
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(file);
    // nothing is ever written under the lock: no journal beside it
    db.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
  } catch (error) {
    db?.close();
    if ((error as { readonly errcode?: number }).errcode === BUSY) {
      throw new UsageError(
        `data dir ${path} is in use by another process: stop that one or pass another --data-dir`,
      );
    }
    throw explainSqliteError(file, error);
  }
  return () => db.close();
}

/** Puts a whole file in place: after a crash at any moment there is the old content or the new, never a part. */
export async function writeFileAtomically(path: string, content: string): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    const file = await open(temporary, 'wx');
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await unlink(temporary).catch(() => undefined); // it may not even have been made
    throw error;
  }
  await syncFolder(dirname(path));
}

/** A new name is durable only with its folder. Windows has no such call and needs none. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
