import type { DatabaseSync } from 'node:sqlite';
import { indexOfShard, transact } from './stream-file.ts';

/** Where a consumer stands in each shard, durably. */
export type Checkpoints = {
  /** The last position that the consumer is done with, 0 where there is none. */
  get(shard: string): number;
  /** Durable when it returns. A checkpoint never goes back. */
  save(shard: string, position: string): void;
};

/** Registers the consumer where it is new. */
export function createCheckpoints(db: DatabaseSync, consumer: string, shards: number): Checkpoints {
  const register = db.prepare('INSERT INTO checkpoints VALUES (?, ?, 0) ON CONFLICT DO NOTHING');
  const select = db.prepare('SELECT position FROM checkpoints WHERE consumer = ? AND shard = ?');
  const update = db.prepare(
    'UPDATE checkpoints SET position = max(position, ?) WHERE consumer = ? AND shard = ?',
  );
  transact(db, () => {
    for (let shard = 0; shard < shards; shard++) register.run(consumer, shard);
  });
  return {
    get: (shard) => (select.get(consumer, indexOfShard(shard, shards)) as { position: number }).position,
    save: (shard, position) => void update.run(Number(position), consumer, indexOfShard(shard, shards)),
  };
}
