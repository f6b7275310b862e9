/** The columns that every raw table has beside its own (design §2). No fleet may name a column so. */
export const ORIGIN = {
  topic: '_topic',
  arrivedAt: '_arrived_at',
  stream: '_stream',
  shard: '_shard',
  position: '_position',
  index: '_index',
} as const;

/** What makes an origin unique in a table. */
export const ORIGIN_KEY = [ORIGIN.stream, ORIGIN.shard, ORIGIN.position, ORIGIN.index] as const;

/** The message's bytes, in the row of its first reading, where a table keeps them. */
export const PAYLOAD = '_payload';

/** The partition column by kind of partition: DATE, the day or the first of the month of the event time in UTC. */
export const PARTITION_COLUMN = { day: '_date', month: '_month' } as const;
