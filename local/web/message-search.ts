import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { setImmediate as yieldToEventLoop } from 'node:timers/promises';
import { UsageError } from '../../src/errors.ts';
import { shardName } from '../shard-map.ts';
import { openSqliteFileForReading } from '../sqlite-file.ts';
import { streamFormat } from '../stream-file.ts';

/** A record of the stream. `arrivedAt`: milliseconds. */
export type FoundMessage = {
  readonly shard: number;
  readonly position: number;
  readonly arrivedAt: number;
  readonly topic: string;
  readonly payload: Uint8Array;
};

export type MessageQuery = {
  /** all shards where it is left out */
  readonly shard?: number | undefined;
  /** what the topic holds, letter by letter; `+` and `#` make it an MQTT filter */
  readonly topic?: string | undefined;
  /** what the payload holds */
  readonly text?: string | undefined;
  /** arrival, milliseconds; both ends included */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  /** newest first from here on, or oldest first */
  readonly order: 'newest' | 'oldest';
  /** by shard: records that lie beyond these positions in `order`; as an earlier answer gave it */
  readonly cursor?: ReadonlyMap<number, number> | undefined;
  readonly limit: number;
};

export type FoundMessages = {
  readonly messages: readonly FoundMessage[];
  /** where the search goes on; undefined: it has seen all there is */
  readonly cursor: ReadonlyMap<number, number> | undefined;
  /** records that were looked at */
  readonly scanned: number;
};

/** Looks at the stream beside the process that writes it. */
export type MessageSearch = {
  readonly shards: number;
  find(query: MessageQuery): Promise<FoundMessages>;
  /** undefined where it was trimmed away or is not there yet */
  read(shard: number, position: number): FoundMessage | undefined;
  close(): void;
};

/** Records that one answer looks at before it asks to be called again. */
const SCAN_ROWS = 200_000;
const STEP_ROWS = 2_000;

type Row = { position: number; arrived_at: number; key: string; payload: Uint8Array };
type Shard = {
  readonly after: StatementSync;
  readonly before: StatementSync;
  readonly bounds: StatementSync;
};

/** @throws UsageError where there is no stream */
export function openMessageSearch(path: string): MessageSearch {
  const db = openSqliteFileForReading(path, streamFormat(0));
  const count = (db.prepare('SELECT count(*) AS n FROM shards').get() as { n: number }).n;
  const shards = Array.from({ length: count }, (_, shard) => prepareShard(db, shard));

  function shardOf(number: number): Shard {
    const shard = shards[number];
    if (shard === undefined)
      throw new UsageError(`there is no shard ${number}; the last is ${shardName(count - 1)}`);
    return shard;
  }

  /** Positions and arrivals grow together: the first position that arrived at or after `time`. */
  function positionAt(shard: Shard, time: number): number {
    const { low: first, high: last } = shard.bounds.get() as { low: number | null; high: number | null };
    let [low, high] = [first ?? 1, (last ?? 0) + 1];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const row = shard.after.get(middle - 1, 1) as Row | undefined;
      if (row !== undefined && row.arrived_at < time) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  return {
    shards: count,
    async find(query) {
      const wanted = query.shard === undefined ? shards.map((_, i) => i) : [query.shard];
      const matches = createMatcher(query);
      const streams = wanted.map((number) => openShard(number, shardOf(number), query, positionAt));
      const messages: FoundMessage[] = [];
      let scanned = 0;
      while (messages.length < query.limit && scanned < SCAN_ROWS) {
        const next = pickNext(streams, query.order);
        if (next === undefined) return { messages, cursor: undefined, scanned };
        const row = next.take();
        if (++scanned % STEP_ROWS === 0) await yieldToEventLoop();
        if (matches(row)) messages.push(toMessage(next.number, row));
      }
      return { messages, cursor: new Map(streams.map(({ number, at }) => [number, at()])), scanned };
    },
    read(number, position) {
      const row = shardOf(number).after.get(position - 1, 1) as Row | undefined;
      return row?.position === position ? toMessage(number, row) : undefined;
    },
    close: () => db.close(),
  };
}

function prepareShard(db: DatabaseSync, shard: number): Shard {
  const columns = `SELECT position, arrived_at, key, payload FROM records_${shard}`;
  return {
    after: db.prepare(`${columns} WHERE position > ? ORDER BY position LIMIT ?`),
    before: db.prepare(`${columns} WHERE position < ? ORDER BY position DESC LIMIT ?`),
    bounds: db.prepare(`SELECT min(position) AS low, max(position) AS high FROM records_${shard}`),
  };
}

type ShardCursor = {
  readonly number: number;
  peek(): Row | undefined;
  take(): Row;
  /** the position up to which everything was taken */
  at(): number;
};

function openShard(
  number: number,
  shard: Shard,
  { order, from, to, cursor }: MessageQuery,
  positionAt: (shard: Shard, time: number) => number,
): ShardCursor {
  const newest = order === 'newest';
  const low = from === undefined ? 0 : positionAt(shard, from) - 1;
  const high = to === undefined ? Number.MAX_SAFE_INTEGER : positionAt(shard, to + 1);
  let at = cursor?.get(number) ?? (newest ? high : low);
  let step = 64;
  let rows: Row[] = [];
  let next = 0;
  let ended = false;
  return {
    number,
    peek() {
      if (next >= rows.length && !ended) {
        // at the next look for a few only: most answers are short
        rows = (newest ? shard.before : shard.after).all(at, step) as unknown as Row[];
        step = Math.min(STEP_ROWS, step * 4);
        next = 0;
      }
      const row = rows[next];
      if (row !== undefined && (newest ? row.position > low : row.position < high)) return row;
      ended = true;
      return undefined;
    },
    take() {
      const row = rows[next++]!;
      at = row.position;
      return row;
    },
    at: () => at,
  };
}

/** The shards side by side, by arrival. */
function pickNext(streams: readonly ShardCursor[], order: MessageQuery['order']): ShardCursor | undefined {
  let found: { readonly stream: ShardCursor; readonly at: number } | undefined;
  for (const stream of streams) {
    const at = stream.peek()?.arrived_at;
    if (at === undefined) continue;
    if (found === undefined || (order === 'newest' ? at > found.at : at < found.at)) found = { stream, at };
  }
  return found?.stream;
}

function createMatcher({ topic, text }: MessageQuery): (row: Row) => boolean {
  const suitsTopic = topic === undefined ? () => true : topicMatcher(topic);
  const wanted = text === undefined ? undefined : Buffer.from(text);
  return ({ key, payload }) =>
    suitsTopic(key) &&
    (wanted === undefined ||
      Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).includes(wanted));
}

/** MQTT's wildcards ([MQTT-4.7.1]), or a part of the topic. */
function topicMatcher(pattern: string): (topic: string) => boolean {
  if (!/[+#]/.test(pattern)) return (topic) => topic.includes(pattern);
  const levels = pattern.split('/');
  return (topic) => {
    const parts = topic.split('/');
    for (const [i, level] of levels.entries()) {
      if (level === '#') return true;
      if (parts[i] === undefined || (level !== '+' && level !== parts[i])) return false;
    }
    return parts.length === levels.length;
  };
}

function toMessage(shard: number, { position, arrived_at: arrivedAt, key, payload }: Row): FoundMessage {
  return { shard, position, arrivedAt, topic: key, payload };
}
