import { ORIGIN } from '../columns/reserved.ts';
import { columnOf } from '../columns/select.ts';
import { scan } from '../delta/scan.ts';
import { loadSnapshot } from '../delta/snapshot.ts';
import { padPosition } from '../streams/position.ts';
import type { ShardRun } from '../streams/stream.ts';
import { failureSubject, parseFailures, type StoredFailure } from './failures.ts';
import type { LakeTable } from './lake.ts';

/** For each `_position` text of a run the subjects (table and reading) that the quarantine holds. */
export type HeldFailures = ReadonlyMap<string, ReadonlySet<string>>;

/**
 * Whether a failure that the quarantine knows still speaks for its reading. For an attempt at a batch every one does: a
 * resolved reading is taken care of as well.
 */
export type Holds = (failure: StoredFailure) => boolean;

/**
 * Reads which failures of the run the quarantine already holds: needed only where an earlier attempt at this batch
 * committed the quarantine and not all tables (design 5.2). Files are pruned by the day and the bounds of the origin.
 */
export async function readHeldFailures(
  quarantine: LakeTable,
  run: ShardRun,
  holds: Holds = () => true,
): Promise<HeldFailures> {
  const held = new Map<string, Set<string>>();
  const first = run.records[0];
  const last = run.records.at(-1);
  const snapshot = await loadSnapshot(quarantine.store);
  if (first === undefined || last === undefined || snapshot === undefined) return held;
  const stream = `${run.stream.kind}/${run.stream.id}`;
  const from = padPosition(run.stream.kind, first.position);
  const to = padPosition(run.stream.kind, last.position);
  const batches = scan(quarantine.store, snapshot, {
    columns: [ORIGIN.stream, ORIGIN.shard, ORIGIN.position, 'failures'],
    where: [
      { column: ORIGIN.shard, min: run.shard, max: run.shard },
      { column: ORIGIN.position, min: from, max: to },
    ],
  });
  for await (const batch of batches) {
    const streams = columnOf(batch, ORIGIN.stream).values;
    const shards = columnOf(batch, ORIGIN.shard).values;
    const positions = columnOf(batch, ORIGIN.position).values as readonly string[];
    const failures = columnOf(batch, 'failures').values as readonly string[];
    for (let row = 0; row < batch.length; row++) {
      if (streams[row] !== stream || shards[row] !== run.shard) continue;
      const position = positions[row]!;
      const subjects = held.get(position) ?? new Set();
      for (const failure of parseFailures(failures[row]!)) {
        if (holds(failure)) subjects.add(failureSubject(failure.table, failure.index));
      }
      held.set(position, subjects);
    }
  }
  return held;
}
