import { randomUUID } from 'node:crypto';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { TributaryError } from '../src/errors.ts';
import { shardIndex, shardName } from './shard-map.ts';
import type { SqliteFormat } from './sqlite-file.ts';

/**
 * One table a shard: positions are its integer primary key, so that appends and reads are sequential. `shards` carries
 * what outlives trimmed records: positions and arrival times must not start over.
 */
export function streamFormat(shards: number): SqliteFormat {
  return {
    applicationId: 0x54724942,
    version: 1,
    create(db) {
      db.exec(`
        CREATE TABLE stream (id TEXT NOT NULL);
        CREATE TABLE shards (
          shard INTEGER PRIMARY KEY, last_position INTEGER NOT NULL DEFAULT 0, last_arrived_at INTEGER NOT NULL DEFAULT 0,
          bytes INTEGER NOT NULL DEFAULT 0, trimmed_position INTEGER NOT NULL DEFAULT 0, trimmed_until INTEGER NOT NULL DEFAULT 0
        );
        CREATE TABLE checkpoints (
          consumer TEXT NOT NULL, shard INTEGER NOT NULL, position INTEGER NOT NULL, PRIMARY KEY (consumer, shard)
        ) WITHOUT ROWID`);
      db.prepare('INSERT INTO stream (id) VALUES (?)').run(randomUUID());
      for (let shard = 0; shard < shards; shard++) {
        db.prepare('INSERT INTO shards (shard) VALUES (?)').run(shard);
        db.exec(`CREATE TABLE records_${shard} (
          position INTEGER PRIMARY KEY, arrived_at INTEGER NOT NULL, key TEXT NOT NULL, payload BLOB NOT NULL)`);
      }
    },
  };
}

/** All of the work, or nothing of it where it throws. */
export function transact(db: DatabaseSync, work: () => void): void {
  db.exec('BEGIN IMMEDIATE');
  try {
    work();
    db.exec('COMMIT');
  } catch (error) {
    // SQLite rolls back by itself on some faults (disk full, i/o): then there is nothing to roll back
    try {
      db.exec('ROLLBACK');
    } catch {
      // the first error is the one that matters
    }
    throw error;
  }
}

/** Rows as arrays: half the cost of objects. */
export function arrays(statement: StatementSync): StatementSync {
  statement.setReturnArrays(true);
  return statement;
}

/** The number of a shard of which there are so many. */
export function indexOfShard(shard: string, shards: number): number {
  const index = shardIndex(shard);
  if (index === undefined || index >= shards) {
    throw new TributaryError(
      `no shard ${JSON.stringify(shard)}; there are ${shards}, the last is ${shardName(shards - 1)}`,
    );
  }
  return index;
}
