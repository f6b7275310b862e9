import { progressKey } from '../streams/position.ts';
import type { ShardRun } from '../streams/stream.ts';
import type { Lake, LakeTable, TableWish } from './lake.ts';

/**
 * Opens a table for a batch, known at least as it was when this process met the last of the runs' shards. Whoever had a shard
 * before, under another definition, may have left rows or failures of this very batch; judged by older knowledge, readings
 * would stand in the table and in the quarantine. Later batches of a shard come here after earlier ones, so a shard costs
 * a look at the log once.
 */
export async function openForRuns(
  runs: readonly ShardRun[],
  wish: TableWish,
  lake: Lake,
): Promise<LakeTable> {
  const keys = runs.map(({ stream, shard }) => progressKey(stream, shard));
  let table = await lake.open(wish);
  const { met } = table;
  if (met.size > 0 && keys.some((key) => !met.has(key))) {
    lake.forget(wish.path);
    table = await lake.open(wish);
  }
  for (const key of [...met, ...keys]) table.met.add(key);
  return table;
}
