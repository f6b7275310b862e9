import type { Clock } from '../src/clock.ts';
import { TributaryError } from '../src/errors.ts';
import { createGroupCommit } from './group-commit.ts';
import { createShardMap } from './shard-map.ts';
import { openSqliteFile, openSqliteFileForReading } from './sqlite-file.ts';
import { type Checkpoints, createCheckpoints } from './stream-checkpoints.ts';
import { arrays, streamFormat, transact } from './stream-file.ts';
import { createStreamReader, type StreamReader } from './stream-reader.ts';
import { trimStream } from './stream-retention.ts';

export type { Checkpoints } from './stream-checkpoints.ts';
export type { StreamReader } from './stream-reader.ts';

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
  const db = openSqliteFile(path, streamFormat(options.shards ?? 4));
  const reader = createStreamReader(db);
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
    checkpoints: (consumer) => createCheckpoints(db, consumer, inserts.length),
    onAppend(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    trim: (before) => trimStream(db, inserts.length, before, () => closed),
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
  return createStreamReader(openSqliteFileForReading(path, streamFormat(0)));
}
