import type { DatabaseSync } from 'node:sqlite';
import { setImmediate as yieldToEventLoop } from 'node:timers/promises';
import { arrays, transact } from './stream-file.ts';

/** Records of one transaction: appends must not wait long. */
const TRIM_ROWS = 1_000;

/** See `SqliteStream.trim`. */
export async function trimStream(
  db: DatabaseSync,
  shards: number,
  before: number,
  isClosed: () => boolean,
): Promise<number> {
  let trimmed = 0;
  for (let shard = 0; shard < shards; shard++) {
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
