import type { ShardRun } from '../streams/stream.ts';
import { ingestBatch, type IngestReport } from './ingest-batch.ts';
import type { IngestDeps } from './ingest-deps.ts';

/** What became of a batch of several shards, each shard by itself where they could not go together. */
export type ShardsReport = {
  readonly report: IngestReport;
  /** shards whose records are not all committed, each with the reason; they have to come again */
  readonly failed: readonly { readonly run: ShardRun; readonly error: unknown }[];
};

const NOTHING: IngestReport = { records: 0, rows: {}, quarantined: 0, races: 0, refused: [] };

/**
 * Commits a batch, all shards together. Where that fails each shard is tried alone, so that a sick one (made anew, or with
 * readings of a table that is out of order) keeps no other waiting; what is committed already is skipped by its progress.
 *
 * @param hasTime asked before each shard: those that find no time any more come again, too
 */
export async function ingestShards(
  runs: readonly ShardRun[],
  deps: IngestDeps,
  hasTime: () => boolean,
): Promise<ShardsReport> {
  try {
    return { report: await ingestBatch(runs, deps), failed: [] };
  } catch (error) {
    if (runs.length === 1) return { report: NOTHING, failed: [{ run: runs[0]!, error }] };
    let report = NOTHING;
    const failed: { run: ShardRun; error: unknown }[] = [];
    for (const run of runs) {
      if (!hasTime()) {
        failed.push({ run, error });
        continue;
      }
      try {
        report = addReports(report, await ingestBatch([run], deps));
      } catch (fault) {
        failed.push({ run, error: fault });
      }
    }
    return { report, failed };
  }
}

function addReports(a: IngestReport, b: IngestReport): IngestReport {
  const tables = new Set([...Object.keys(a.rows), ...Object.keys(b.rows)]);
  return {
    records: a.records + b.records,
    rows: Object.fromEntries(
      Array.from(tables, (table) => [table, (a.rows[table] ?? 0) + (b.rows[table] ?? 0)]),
    ),
    quarantined: a.quarantined + b.quarantined,
    races: a.races + b.races,
    refused: Array.from(new Set([...a.refused, ...b.refused])),
  };
}
