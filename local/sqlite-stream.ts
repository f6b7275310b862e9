import { randomUUID } from 'node:crypto';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { setImmediate as yieldToEventLoop } from 'node:timers/promises';
import type { Clock } from '../src/clock.ts';
import { TributaryError } from '../src/errors.ts';
import type { Stream, StreamRecord } from '../src/streams/stream.ts';
import { createGroupCommit } from './group-commit.ts';
import { createShardMap, shardIndex, shardName } from './shard-map.ts';
import { openSqliteFile, openSqliteFileForReading, type SqliteFormat } from './sqlite-file.ts';

export type ShardStats = {
  readonly shard: string;
  /** records and bytes of payload ever appended */
  readonly records: number;
  readonly bytes: number;
  /** 0: nothing was ever appended. Positions have no gaps here, so differences of positions count records. */
  readonly lastPosition: number;
  /** up to where records were trimmed away (inclusive), and the latest arrival among those; 0: nothing was */
  readonly trimmedPosition: number;
  readonly trimmedUntil: number;
};

/** Where a consumer stands in each shard, durably. */
export type Checkpoints = {
  /** The last position that the consumer is done with, 0 where there is none. */
  get(shard: string): number;
  /** Durable when it returns. A checkpoint never goes back. */
  save(shard: string, position: string): void;
};

export type StreamReader = Stream & {
  stats(): readonly ShardStats[];
  /** Where a consumer stands, by shard; shards of which it is done with nothing are left out. */
  readCheckpoints(consumer: string): ReadonlyMap<string, string>;
  /** Arrival time of the first record after `position`, undefined where there is none. */
  arrivalAfter(shard: string, position: number): number | undefined;
  close(): void;
};

export type SqliteStream = StreamReader & {
  /** A consumer has to be known before anything may be trimmed: what it did not read stays. */
  checkpoints(consumer: string): Checkpoints;
  /** Called after each durable group of appends. Returns how to stop that. */
  onAppend(listener: () => void): () => void;
  /**
   * Removes what arrived before `before` (milliseconds) and every consumer is done with; nothing where there is no
   * consumer. Returns how many records. Works in small transactions between which appends go on.
   */
  trim(before: number): Promise<number>;
};

/** Rows and payload bytes of one synchronous step of a read: appends must not wait long. */
const STEP_ROWS = 1_000;
/** A read ends early beyond so many bytes, with at least one record. */
const READ_BYTES = 8 * 1024 * 1024;
const TRIM_ROWS = 1_000;

/**
 * One table a shard: positions are its integer primary key, so that appends and reads are sequential. `shards` carries
 * what outlives trimmed records: positions and arrival times must not start over.
 */
function createFormat(shards: number): SqliteFormat {
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

/**
 * Kinesis on a laptop: a durable log in one SQLite file. `shards` counts for a new file only. `clock` gives arrival
 * times, which never run backwards, whatever the clock does.
 *
 * @throws UsageError where the file cannot be written, is damaged or is not a stream.
 */
export function openSqliteStream(
  path: string,
  options: { readonly shards?: number; readonly clock: Clock },
): SqliteStream {
  const db = openSqliteFile(path, createFormat(options.shards ?? 4));
  const reader = createReader(db);
  const shardOf = createShardMap(reader.stats().length);
  const inserts = reader
    .stats()
    .map((_, shard) => db.prepare(`INSERT INTO records_${shard} VALUES (?, ?, ?, ?)`));
  const selectEnds = arrays(
    db.prepare('SELECT last_position, last_arrived_at, bytes FROM shards ORDER BY shard'),
  );
  const updateEnd = db.prepare(
    'UPDATE shards SET last_position = ?, last_arrived_at = ?, bytes = ? WHERE shard = ?',
  );
  const listeners = new Set<() => void>();
  let closed = false;

  const group = createGroupCommit<{ readonly key: string; readonly payload: Uint8Array }>((records) => {
    transact(db, () => {
      // read inside the transaction: what a failed one had counted is forgotten with it
      const ends = selectEnds.all() as unknown as [position: number, arrivedAt: number, bytes: number][];
      const arrivedAt = ends.reduce((latest, end) => Math.max(latest, end[1]), Math.trunc(options.clock()));
      const touched = new Set<number>();
      for (const { key, payload } of records) {
        const shard = shardOf(key);
        const end = ends[shard]!;
        inserts[shard]!.run(++end[0], arrivedAt, key, payload);
        end[2] += payload.byteLength;
        touched.add(shard);
      }
      for (const shard of touched) updateEnd.run(ends[shard]![0], arrivedAt, ends[shard]![2], shard);
    });
    for (const listener of listeners) listener();
  });

  return {
    ...reader,
    append(records) {
      if (closed) return Promise.reject(new TributaryError(`append to ${path}, which is closed`));
      return group.add(records);
    },
    checkpoints: (consumer) => createCheckpoints(db, consumer, reader.stats().length),
    onAppend(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    trim: (before) => trim(db, reader.stats(), before, () => closed),
    close() {
      if (closed) return;
      group.flush();
      closed = true;
      reader.close();
    },
  };
}

/** Reads a stream beside the process that writes it. @throws UsageError where there is none. */
export function openSqliteStreamReader(path: string): StreamReader {
  return createReader(openSqliteFileForReading(path, createFormat(0)));
}

function createReader(db: DatabaseSync): StreamReader {
  const id = (db.prepare('SELECT id FROM stream').get() as { id: string }).id;
  const selectShards = db.prepare('SELECT * FROM shards ORDER BY shard');
  const stats = () => (selectShards.all() as unknown as ShardRow[]).map(toStats);
  const names = stats().map(({ shard }) => shard);
  const selects = names.map((_, shard) =>
    arrays(
      db.prepare(
        `SELECT position, arrived_at, key, payload FROM records_${shard} WHERE position > ? ORDER BY position LIMIT ?`,
      ),
    ),
  );
  const selectArrivals = names.map((_, shard) =>
    db.prepare(`SELECT arrived_at FROM records_${shard} WHERE position > ? ORDER BY position LIMIT 1`),
  );
  const selectCheckpoints = db.prepare(
    'SELECT shard, position FROM checkpoints WHERE consumer = ? AND position > 0 ORDER BY shard',
  );

  return {
    identity: { kind: 'sqlite', id },
    shards: () => Promise.resolve(names),
    append: () => Promise.reject(new TributaryError('append to a stream that is open for reading only')),
    async read(shard, position, limit) {
      const select = selects[indexOf(shard, names.length)]!;
      const records: StreamRecord[] = [];
      let after = position === undefined ? 0 : Number(position);
      let bytes = 0;
      while (records.length < limit) {
        const step = Math.min(STEP_ROWS, limit - records.length);
        let rows = 0;
        for (const row of select.iterate(after, step) as unknown as Iterable<RecordRow>) {
          rows++;
          after = row[0];
          bytes += row[3].byteLength;
          records.push({ position: String(row[0]), arrivedAt: row[1], key: row[2], payload: row[3] });
          if (bytes >= READ_BYTES) return records;
        }
        if (rows < step) break;
        await yieldToEventLoop();
      }
      return records;
    },
    stats,
    readCheckpoints(consumer) {
      const rows = selectCheckpoints.all(consumer) as unknown as { shard: number; position: number }[];
      return new Map(rows.map(({ shard, position }) => [shardName(shard), String(position)]));
    },
    arrivalAfter(shard, position) {
      const row = selectArrivals[indexOf(shard, names.length)]!.get(position) as
        { arrived_at: number } | undefined;
      return row?.arrived_at;
    },
    close: () => db.close(),
  };
}

type RecordRow = [position: number, arrivedAt: number, key: string, payload: Uint8Array];
type ShardRow = {
  readonly shard: number;
  readonly last_position: number;
  readonly bytes: number;
  readonly trimmed_position: number;
  readonly trimmed_until: number;
};

function toStats(row: ShardRow): ShardStats {
  return {
    shard: shardName(row.shard),
    records: row.last_position,
    bytes: row.bytes,
    lastPosition: row.last_position,
    trimmedPosition: row.trimmed_position,
    trimmedUntil: row.trimmed_until,
  };
}

function createCheckpoints(db: DatabaseSync, consumer: string, shards: number): Checkpoints {
  const register = db.prepare('INSERT INTO checkpoints VALUES (?, ?, 0) ON CONFLICT DO NOTHING');
  const select = db.prepare('SELECT position FROM checkpoints WHERE consumer = ? AND shard = ?');
  const update = db.prepare(
    'UPDATE checkpoints SET position = max(position, ?) WHERE consumer = ? AND shard = ?',
  );
  transact(db, () => {
    for (let shard = 0; shard < shards; shard++) register.run(consumer, shard);
  });
  return {
    get: (shard) => (select.get(consumer, indexOf(shard, shards)) as { position: number }).position,
    save: (shard, position) => void update.run(Number(position), consumer, indexOf(shard, shards)),
  };
}

async function trim(
  db: DatabaseSync,
  stats: readonly ShardStats[],
  before: number,
  isClosed: () => boolean,
): Promise<number> {
  let trimmed = 0;
  for (let shard = 0; shard < stats.length; shard++) {
    const done = db.prepare('SELECT min(position) AS position FROM checkpoints WHERE shard = ?');
    const oldest = arrays(
      db.prepare(
        `SELECT position, arrived_at FROM records_${shard} WHERE position <= ? ORDER BY position LIMIT ${TRIM_ROWS}`,
      ),
    );
    const remove = db.prepare(`DELETE FROM records_${shard} WHERE position <= ?`);
    const remember = db.prepare('UPDATE shards SET trimmed_position = ?, trimmed_until = ? WHERE shard = ?');
    for (;;) {
      const { position } = done.get(shard) as { position: number | null };
      const rows = oldest.all(position ?? 0) as unknown as [position: number, arrivedAt: number][];
      const last = rows.findLast(([, arrivedAt]) => arrivedAt < before);
      if (last === undefined) break;
      transact(db, () => {
        trimmed += Number(remove.run(last[0]).changes);
        remember.run(last[0], last[1], shard);
      });
      await yieldToEventLoop();
      if (isClosed()) return trimmed;
    }
  }
  return trimmed;
}

function transact(db: DatabaseSync, work: () => void): void {
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

function arrays(statement: StatementSync): StatementSync {
  statement.setReturnArrays(true);
  return statement;
}

function indexOf(shard: string, shards: number): number {
  const index = shardIndex(shard);
  if (index === undefined || index >= shards) {
    throw new TributaryError(
      `no shard ${JSON.stringify(shard)}; there are ${shards}, the last is ${shardName(shards - 1)}`,
    );
  }
  return index;
}
