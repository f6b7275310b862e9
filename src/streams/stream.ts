/**
 * One record of a stream, as every adapter hands it on: its bytes are the payload as the device sent it, its key is the
 * topic, its arrival time (milliseconds, UTC) is the stream's. There is no envelope.
 */
export type StreamRecord = {
  /** The MQTT topic. */
  readonly key: string;
  readonly payload: Uint8Array;
  /** Position in the shard: a decimal whole number without leading zeros. It grows along the shard, with gaps. */
  readonly position: string;
  readonly arrivedAt: number;
};

/**
 * Which stream, beyond its name: `id` changes when the stream is deleted and made anew (design 5.13), and stands in
 * `_stream`. `kind` says how its positions look. Two kinds are no streams: a backfilled file, and what an IoT rule could
 * not put on one (`iot-error`, one message: shard 0, position 0).
 */
export type StreamKind = 'kinesis' | 'kafka' | 'sqlite' | 'backfill' | 'iot-error';
export type StreamIdentity = { readonly kind: StreamKind; readonly id: string };

/** Consecutive records of one shard, in order. A batch is a list of runs, one per shard. */
export type ShardRun = {
  readonly stream: StreamIdentity;
  readonly shard: string;
  readonly records: readonly StreamRecord[];
};

/**
 * A durable log, sharded by key. Contract in `test/contracts/stream.ts`: once `append` resolves its records are durable;
 * records of one key are read in the order of their appends; `read` never skips a record that was appended before it.
 */
export type Stream = {
  readonly identity: StreamIdentity;
  shards(): Promise<readonly string[]>;
  append(records: readonly { readonly key: string; readonly payload: Uint8Array }[]): Promise<void>;
  /** Up to `limit` records of the shard after `position` (from the oldest retained where undefined), in order. */
  read(shard: string, position: string | undefined, limit: number): Promise<readonly StreamRecord[]>;
};
