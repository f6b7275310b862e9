import { createBatchBuilder } from '../columns/builder.ts';
import { ORIGIN } from '../columns/reserved.ts';
import { QUARANTINE_PATH, quarantinePartitionColumns, quarantineSchema } from '../fleet/index.ts';
import { padPosition } from '../streams/position.ts';
import type { ShardRun } from '../streams/stream.ts';
import { type BatchFailures, formatFailures, type TableFailure } from './failures.ts';
import type { LakeTable, TableWish } from './lake.ts';
import type { DecodedShare } from './table-share.ts';

const MS_PER_DAY = 86_400_000;

/** The lake's one table for what cannot become rows (design §2). */
export const QUARANTINE: TableWish = {
  path: QUARANTINE_PATH,
  schema: quarantineSchema,
  partitionColumns: quarantinePartitionColumns,
  description: 'messages with readings that could not become rows, byte for byte, with the reasons',
};

export const QUARANTINE_SORT = [ORIGIN.arrivedAt, ORIGIN.shard, ORIGIN.position] as const;

/**
 * The quarantine's share of a batch: one row a message, with its bytes, its origin (`_index`: the first reading that
 * failed, 0 where the whole message did) and every failure.
 */
export function shareOfFailures(
  table: LakeTable,
  runs: readonly ShardRun[],
  failures: BatchFailures,
): DecodedShare {
  const rows = createBatchBuilder(quarantineSchema, failures.size);
  const ordinals: number[] = [];
  let offset = 0;
  for (const run of runs) {
    const stream = `${run.stream.kind}/${run.stream.id}`;
    run.records.forEach((record, i) => {
      const failed = failures.get(offset + i);
      if (failed === undefined) return;
      const first = firstFailure(failed);
      rows.appendRow({
        [ORIGIN.topic]: record.key,
        [ORIGIN.arrivedAt]: record.arrivedAt,
        [ORIGIN.stream]: stream,
        [ORIGIN.shard]: run.shard,
        [ORIGIN.position]: padPosition(run.stream.kind, record.position),
        [ORIGIN.index]: Math.max(0, first.index),
        reason: first.reason,
        detail: first.detail,
        failures: formatFailures(failed),
        payload: record.payload,
        resolved_at: null,
        resolution: null,
        _date: Math.floor(record.arrivedAt / MS_PER_DAY),
      });
      ordinals.push(offset + i);
    });
    offset += run.records.length;
  }
  return { table, batch: rows.finish(), ordinals, sortBy: QUARANTINE_SORT };
}

function firstFailure(failures: readonly TableFailure[]): TableFailure {
  return failures.reduce((first, failure) => (failure.index < first.index ? failure : first));
}
