import { DatabaseSync } from 'node:sqlite';
import { UsageError } from '../src/errors.ts';

/** Primary result codes of SQLite that the owner of the file can mend: https://sqlite.org/rescode.html */
const MENDABLE: Readonly<Record<number, string>> = {
  5: 'is locked by another process: stop that one first',
  8: 'cannot be written: give write permission or pass another --data-dir',
  10: 'cannot be read or written (i/o error): look at the disk',
  11: 'is damaged: move it away, or pass another --data-dir',
  13: 'cannot grow, the disk is full: make room',
  14: 'cannot be opened: give write permission to the file and its folder, or pass another --data-dir',
  26: 'is not a SQLite database: move it away, or pass another --data-dir',
};

/** What went wrong with a SQLite file as one line, or the error itself where nobody but us can mend it. */
export function explainSqliteError(path: string, error: unknown): unknown {
  const code = error instanceof Error && 'errcode' in error ? Number(error.errcode) & 0xff : undefined;
  const advice = code === undefined ? undefined : MENDABLE[code];
  return advice === undefined ? error : new UsageError(`${path} ${advice}`, { cause: error });
}

export type SqliteFormat = {
  /** marks the file as ours (`PRAGMA application_id`) */
  readonly applicationId: number;
  readonly version: number;
  /** creates what an empty file needs; runs in a transaction */
  readonly create: (db: DatabaseSync) => void;
};

/**
 * Opens a durable SQLite log for writing, or makes it: WAL, and every commit on the disk when it returns. A file that
 * cannot be written, is damaged, or belongs to another program or version ends in a UsageError that names it.
 */
export function openSqliteFile(path: string, format: SqliteFormat): DatabaseSync {
  return open(path, false, (db) => {
    // before anything is changed: another program's file stays as it is
    if (!isEmpty(db)) checkFormat(path, db, format);
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; BEGIN IMMEDIATE');
    if (isEmpty(db)) {
      format.create(db);
      db.exec(`PRAGMA application_id = ${format.applicationId}; PRAGMA user_version = ${format.version}`);
    }
    db.exec('COMMIT');
  });
}

/** The same file for reading only, beside a process that writes it. */
export function openSqliteFileForReading(path: string, format: SqliteFormat): DatabaseSync {
  return open(path, true, (db) => checkFormat(path, db, format));
}

function open(path: string, readOnly: boolean, prepare: (db: DatabaseSync) => void): DatabaseSync {
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(path, { readOnly, timeout: 5_000 });
    prepare(db);
    return db;
  } catch (error) {
    db?.close();
    throw explainSqliteError(path, error);
  }
}

function checkFormat(path: string, db: DatabaseSync, format: SqliteFormat): void {
  if (readPragma(db, 'application_id') !== format.applicationId) {
    throw new UsageError(`${path} is another program's database: pass another --data-dir`);
  }
  const version = readPragma(db, 'user_version');
  if (version !== format.version) {
    throw new UsageError(
      `${path} has format ${version}, this version of tributary reads format ${format.version}: pass another --data-dir`,
    );
  }
}

function readPragma(db: DatabaseSync, name: string): number {
  return Number(Object.values(db.prepare(`PRAGMA ${name}`).get() ?? {})[0]);
}

function isEmpty(db: DatabaseSync): boolean {
  return db.prepare('SELECT 1 FROM sqlite_schema').get() === undefined;
}
