import { hash } from 'node:crypto';

/** Topics repeat: their shards are remembered, up to this many. */
const REMEMBERED_KEYS = 100_000;

/** `shardId-000000000007`, as Kinesis names its shards. */
export function shardName(index: number): string {
  return `shardId-${String(index).padStart(12, '0')}`;
}

/** The index of a shard that `shardName` named, or undefined. */
export function shardIndex(name: string): number | undefined {
  const digits = /^shardId-(\d{12})$/.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/**
 * Key → shard index, as in Kinesis: the MD5 of the key is a 128-bit number, and the shards share the numbers in equal
 * ranges. The same key always lands in the same shard, so its records keep their order.
 */
export function createShardMap(shards: number): (key: string) => number {
  const known = new Map<string, number>();
  const count = BigInt(shards);
  return (key) => {
    let shard = known.get(key);
    if (shard === undefined) {
      shard = Number((BigInt(`0x${hash('md5', key)}`) * count) >> 128n);
      if (known.size >= REMEMBERED_KEYS) known.clear();
      known.set(key, shard);
    }
    return shard;
  };
}
