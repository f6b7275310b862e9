import { ORIGIN } from '../columns/reserved.ts';
import { columnOf } from '../columns/select.ts';
import { TableRefusedError } from '../delta/errors.ts';
import type { ShardRun } from '../streams/stream.ts';
import { decodeBatch } from './decode-batch.ts';
import { beginEpochs, type Epochs, needsFence } from './epochs.ts';
import { addFailure, type BatchFailures } from './failures.ts';
import type { IngestDeps } from './ingest-deps.ts';
import { type OpenedTables, openShares } from './open-shares.ts';
import { quarantineFailures } from './quarantine-failures.ts';
import type { DecodedShare } from './table-share.ts';
import { writeShare } from './write-share.ts';

/** What one batch did. `rows` by table path; a retry counts only what it added. */
export type IngestReport = {
  readonly records: number;
  readonly rows: Readonly<Record<string, number>>;
  /** messages that went to the quarantine */
  readonly quarantined: number;
  /** lost commit races, all tables together */
  readonly races: number;
  /** tables that refuse for good, by path: their readings are in the quarantine, and somebody has to look */
  readonly refused: readonly string[];
};

/**
 * Turns one batch into commits, each reading exactly once, however often the batch comes again (design §5):
 * the quarantine commits first, then every table on its own, each with its progress inside the commit. A table that
 * refuses for good sends its readings to the quarantine; any other fault rejects after the healthy tables have
 * committed, and the event source brings the batch again.
 *
 * @param runs consecutive records, one run a shard (Kinesis: one run; Kafka: several)
 */
export async function ingestBatch(runs: readonly ShardRun[], deps: IngestDeps): Promise<IngestReport> {
  const epochs = await beginEpochs(runs, deps.definition, deps.lake);
  const { opened, shares, failures } = await judgeBatch(runs, epochs, deps);
  const guarded = await quarantineFailures(runs, shares, failures, epochs, deps.lake);

  const rows: Record<string, number> = {};
  let races = guarded.races;
  let { quarantined } = guarded;
  const refused = Array.from(opened.tables).flatMap(([path, { kind }]) => (kind === 'refused' ? [path] : []));
  const faults: unknown[] = [...opened.faults];
  const writes = await Promise.allSettled(
    guarded.shares.map((share) => writeShare(share, runs, epochs, deps.lake)),
  );
  for (const [i, write] of writes.entries()) {
    const share = guarded.shares[i]!;
    const { path } = share.table.wish;
    if (write.status === 'fulfilled') {
      rows[path] = write.value.rows;
      races += write.value.races;
      continue;
    }
    // what this process remembers of the table may be what is wrong with it
    deps.lake.forget(path);
    if (write.reason instanceof TableRefusedError) {
      const late = await quarantineFailures(runs, [], refuse(share, write.reason), epochs, deps.lake);
      quarantined += late.quarantined;
      races += late.races;
      refused.push(path);
    } else {
      faults.push(write.reason);
    }
  }
  if (faults.length === 1) throw faults[0];
  if (faults.length > 1)
    throw new AggregateError(faults, `${faults.length} tables failed: ${faults.map(String).join('; ')}`);
  return {
    records: runs.reduce((sum, run) => sum + run.records.length, 0),
    rows,
    quarantined,
    races,
    refused,
  };
}

/**
 * Decodes what the tables do not hold yet. A table whose readings fail is fenced first, where that is still to be done, and
 * its records are looked at again: a reading that an earlier definition took meanwhile must not fail as well.
 */
async function judgeBatch(runs: readonly ShardRun[], epochs: Epochs, deps: IngestDeps) {
  const fenced = new Set<string>();
  for (;;) {
    const opened = await openShares(runs, { epochs, fenced }, deps);
    const decoded = decodeBatch(runs, opened, deps);
    const unfenced = failingTables(decoded.failures, opened).filter(({ table }) =>
      needsFence(table, runs, epochs),
    );
    if (unfenced.length === 0) return { opened, ...decoded };
    for (const { table } of unfenced) fenced.add(table.wish.path);
  }
}

/** Tables that can be written now, and of whose readings some fail. */
function failingTables(failures: BatchFailures, { tables }: OpenedTables) {
  const paths = new Set(Array.from(failures.values()).flatMap((list) => list.map(({ table }) => table)));
  return Array.from(paths).flatMap((path) => {
    const opened = path === null ? undefined : tables.get(path);
    return opened?.kind === 'open' ? [opened] : [];
  });
}

/** Every reading of a share as a failure: the table refused it after decoding (design 5.10). */
function refuse(share: DecodedShare, reason: TableRefusedError): BatchFailures {
  const failures: BatchFailures = new Map();
  const table = share.table.wish.path;
  const indices = columnOf(share.batch, ORIGIN.index).values;
  share.ordinals.forEach((ordinal, row) => {
    addFailure(failures, ordinal, {
      table,
      index: Number(indices[row]),
      reason: 'table-refused',
      detail: reason.message,
    });
  });
  return failures;
}
