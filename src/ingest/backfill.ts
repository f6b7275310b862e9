import { fillLevels, rowToMessage } from '../fleet/index.ts';
import type { Table } from '../fleet/model.ts';
import type { Clock } from '../clock.ts';
import type { ShardRun, StreamRecord } from '../streams/stream.ts';
import type { FileRow } from '../files/file-row.ts';
import { ingestBatch } from './ingest-batch.ts';
import { definitionOf, type IngestDeps } from './ingest-deps.ts';

export type BackfillRequest = {
  readonly table: Table;
  /** hex sha-256 of the file's bytes: the identity of the stream that the file is */
  readonly digest: string;
  readonly rows: AsyncIterable<FileRow>;
  /** rows a commit; memory follows it */
  readonly batchRows: number;
  readonly onProgress?: (progress: BackfillReport) => void;
};

export type BackfillReport = { readonly read: number; readonly rows: number; readonly quarantined: number };

/**
 * Takes a file for a stream of one shard whose positions are row numbers, and ingests it like any other: a row becomes
 * the message that its device would have sent. The file's digest is the stream's identity, so the same file again, or
 * the rest of one that was interrupted, adds only what the table lacks (design §2, origin).
 */
export async function backfill(
  request: BackfillRequest,
  deps: Pick<IngestDeps, 'lake' | 'decoderOf'> & { readonly clock: Clock },
): Promise<BackfillReport> {
  const { table, digest, batchRows } = request;
  const router = (topic: string) => {
    const levels = fillLevels(table, topic);
    return levels === undefined ? [] : [{ table, topic, levels }];
  };
  let report: BackfillReport = { read: 0, rows: 0, quarantined: 0 };
  let records: StreamRecord[] = [];
  const flush = async () => {
    if (records.length === 0) return;
    const run: ShardRun = { stream: { kind: 'backfill', id: digest }, shard: '0', records };
    const done = await ingestBatch([run], { ...deps, router, definition: definitionOf([table]) });
    const rows = Object.values(done.rows).reduce((sum, count) => sum + count, 0);
    report = {
      read: report.read + records.length,
      rows: report.rows + rows,
      quarantined: report.quarantined + done.quarantined,
    };
    records = [];
    request.onProgress?.(report);
  };
  for await (const row of request.rows) {
    records.push({ ...messageOf(table, row), position: String(row.number), arrivedAt: deps.clock() });
    if (records.length >= batchRows) await flush();
  }
  await flush();
  return report;
}

/** A row from which no message can be made goes where no table is: to the quarantine, as it stands in the file. */
function messageOf(table: Table, row: FileRow): { readonly key: string; readonly payload: Uint8Array } {
  if (row.kind === 'bad') return { key: '', payload: row.bytes };
  const message = rowToMessage(table, row.fields);
  if (message.kind === 'message') return { key: message.topic, payload: message.payload };
  return { key: '', payload: Buffer.from(JSON.stringify(row.fields)) };
}
