import type { DatabaseSync } from 'node:sqlite';
import { setImmediate as yieldToEventLoop } from 'node:timers/promises';
import { TributaryError } from '../src/errors.ts';
import type { Stream, StreamRecord } from '../src/streams/stream.ts';
import { shardName } from './shard-map.ts';
import { arrays, indexOfShard } from './stream-file.ts';

type ShardStats = {
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

export type StreamReader = Stream & {
  stats(): readonly ShardStats[];
  /** Where a consumer stands, by shard; shards of which it is done with nothing are left out. */
  readCheckpoints(consumer: string): ReadonlyMap<string, string>;
  /** Arrival time of the first record after `position`, undefined where there is none. */
  arrivalAfter(shard: string, position: number): number | undefined;
  close(): void;
};

/** Rows and payload bytes of one synchronous step of a read: appends must not wait long. */
const STEP_ROWS = 1_000;
/** A read ends early beyond so many bytes, with at least one record. */
const READ_BYTES = 8 * 1024 * 1024;

/** The reading half of a stream, over an open file. */
export function createStreamReader(db: DatabaseSync): StreamReader {
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
      const select = selects[indexOfShard(shard, names.length)]!;
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
      const row = selectArrivals[indexOfShard(shard, names.length)]!.get(position) as
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
