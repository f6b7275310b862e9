import { INGEST, MSK } from './behaviour.ts';
import { type Traffic, trafficOf, type Workload } from './workload.ts';

/** What one shard (or partition) takes, by Kinesis' bounds. */
const SHARD = { records: 1000, bytes: 1024 ** 2 };
/** A provisioned stream needs room for more than the mean; one on demand keeps twice its peak, and never fewer than four. */
const HEADROOM = { provisioned: 1.5, onDemand: 2 };
const FEWEST_ON_DEMAND = 4;

/** How many shards carry the messages. Kafka's partitions are as many as the stacks make. */
export function shardsOf({ stream }: Pick<Workload, 'stream'>, { rate, messageBytes }: Traffic): number {
  if (stream === 'msk') return MSK.partitions;
  const needed = Math.max(rate / SHARD.records, (rate * messageBytes) / SHARD.bytes);
  return stream === 'on-demand'
    ? Math.max(FEWEST_ON_DEMAND, Math.ceil(needed * HEADROOM.onDemand))
    : Math.ceil(needed * HEADROOM.provisioned);
}

export type Batches = {
  readonly shards: number;
  /** records in one, the mean */
  readonly records: number;
  /** of all shards */
  readonly perSecond: number;
};

/**
 * How the event source cuts the stream: a batch opens with a record and ends with its window, with 10,000 records or with
 * what an invocation may carry.
 */
export function batchesOf(workload: Workload): Batches {
  const traffic = trafficOf(workload);
  const shards = shardsOf(workload, traffic);
  const inEvent = Math.ceil(traffic.payloadBytes / 3) * 4 + INGEST.recordOverhead;
  const full = Math.max(1, Math.min(INGEST.batchSize, Math.floor(INGEST.eventBytes / inEvent)));
  const records = Math.min(full, 1 + (traffic.rate / shards) * workload.batchWindow);
  return { shards, records, perSecond: traffic.rate / records };
}

/** The commits a second that a table's log takes, cautiously: docs/scale.md measures 8 of one writer and 14 of sixteen. */
export const COMMITS_PER_SECOND = 8;

/** Commits a second to each table: a batch commits to every table that it has rows for. */
export function commitsPerSecond(workload: Workload): number {
  const { perSecond, records } = batchesOf(workload);
  return perSecond * Math.min(1, records / workload.tables);
}
