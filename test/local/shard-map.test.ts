import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createShardMap } from '../../local/shard-map.ts';

describe('the shard of a key', () => {
  it('is the one whose equal range of MD5 values holds it', () => {
    for (const shards of [1, 2, 3, 4, 7, 100]) {
      const shardOf = createShardMap(shards);
      for (let n = 0; n < 200; n++) {
        const value = BigInt(`0x${createHash('md5').update(`key ${n}`).digest('hex')}`);
        const shard = BigInt(shardOf(`key ${n}`));
        const boundary = (i: bigint) => (i * (1n << 128n) + BigInt(shards) - 1n) / BigInt(shards);
        expect(value >= boundary(shard) && value < boundary(shard + 1n)).toBe(true);
        expect(shardOf(`key ${n}`)).toBe(Number(shard));
      }
    }
  });
});
