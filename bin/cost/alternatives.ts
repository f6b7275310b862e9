import { PARQUET_PER_PAYLOAD_BYTE } from './behaviour.ts';
import { deviceLines } from './devices.ts';
import { type Line, linesOf, mergeLines } from './lines.ts';
import { queryLines } from './queries.ts';
import { brokersFor, keptGb, streamLines } from './streams.ts';
import { tributaryLines } from './tributary.ts';
import {
  DAYS,
  GB,
  HOURS,
  KB,
  meter,
  SECONDS,
  type StreamKind,
  trafficOf,
  type Workload,
} from './workload.ts';

/** One way from the rule to what Athena asks. `lacks`: what it does not do of what Tributary does. */
export type Alternative = {
  readonly name: string;
  readonly lacks: string;
  readonly lines: (workload: Workload) => Line[];
};

const APPENDS_ONLY = 'no dedupe, late data in aggregates, quarantine by reading or replay; JSON only';

/** Every one with the same devices, the same savings and the same questions. */
export const ALTERNATIVES: readonly Alternative[] = [
  tributaryOn('on-demand', 'Tributary, Kinesis on demand'),
  tributaryOn('provisioned', 'Tributary, Kinesis provisioned'),
  tributaryOn('msk', 'Tributary, MSK Express'),
  {
    name: 'Firehose to Parquet',
    lacks: `no Delta, aggregates or compaction; ${APPENDS_ONLY}`,
    lines: firehoseLines,
  },
  {
    name: 'MSK and Spark on EMR Serverless',
    lacks: 'the job, its upkeep and its aggregates are yours to write',
    lines: sparkLines,
  },
  { name: 'Kinesis channel', lacks: APPENDS_ONLY, lines: (workload) => channelLines(workload, 'on-demand') },
  { name: 'MSK channel', lacks: APPENDS_ONLY, lines: (workload) => channelLines(workload, 'msk') },
];

function tributaryOn(stream: StreamKind, name: string): Alternative {
  return { name, lacks: '', lines: (workload) => tributaryLines({ ...workload, stream }) };
}

/** No one but us keeps the payload beside the rows. */
function bytesPerDay(workload: Workload): number {
  const { rate, payloadBytes } = trafficOf(workload);
  return rate * payloadBytes * 86_400 * PARQUET_PER_PAYLOAD_BYTE.without;
}

/** Devices, rows and questions: the same for whoever only appends. */
function plainLines(workload: Workload): Line[] {
  const perDay = bytesPerDay(workload);
  return [
    ...deviceLines(workload),
    ...linesOf('storage', { s3Storage: (perDay * workload.retention) / GB, kmsKey: 1 }),
    ...queryLines(workload, perDay),
    ...linesOf('watch', { alarmMetric: 3 }),
  ];
}

/** Seconds that a file may fill: what a channel does by default, and what gives Firehose about our freshness. */
const DELIVERY_SECONDS = 300;
/** What Firehose puts into one object at most when it converts, bytes. */
const DELIVERY_BYTES = 128 * 1024 ** 2;

function deliveries(workload: Workload): number {
  const { rate, payloadBytes, messages } = trafficOf(workload);
  const bySize = (messages * payloadBytes) / DELIVERY_BYTES;
  return Math.max(Math.min(rate * SECONDS, (SECONDS / DELIVERY_SECONDS) * workload.tables), bySize);
}

/** The rule's action puts each message into Firehose, one delivery stream a table, which converts it to Parquet. */
function firehoseLines(workload: Workload): Line[] {
  const { messages, payloadBytes } = trafficOf(workload);
  const metered = (messages * meter(payloadBytes, 5 * KB) * 5 * KB) / GB;
  return mergeLines([
    ...plainLines(workload),
    ...linesOf('stream', { firehoseIn: metered, firehoseParquet: metered }),
    ...linesOf('ingest', { s3Put: deliveries(workload) }),
  ]);
}

/**
 * A streaming job that never ends, as small as it can be: a driver of one vCPU and 4 GB, executors of two with 8 GB, each
 * good for 20 MB a second; a micro-batch a minute, and an hour a day of one more executor for compaction.
 */
const SPARK = {
  driver: { cpu: 1, gb: 4 },
  executor: { cpu: 2, gb: 8 },
  bytesPerSecond: 20e6,
  batchSeconds: 60,
};
const REPLICAS = 3;

function sparkLines(workload: Workload): Line[] {
  const { rate, messageBytes } = trafficOf(workload);
  const executors = Math.ceil((rate * messageBytes) / SPARK.bytesPerSecond);
  const executorHours = executors * HOURS + DAYS;
  const batches = SECONDS / SPARK.batchSeconds;
  return mergeLines([
    ...plainLines(workload),
    ...linesOf('stream', {
      mskBrokerHour: brokersFor(workload) * HOURS,
      mskKept: keptGb(workload, 0) * REPLICAS,
    }),
    ...linesOf('ingest', {
      emrCpu: SPARK.driver.cpu * HOURS + SPARK.executor.cpu * executorHours,
      emrMemory: SPARK.driver.gb * HOURS + SPARK.executor.gb * executorHours,
      // a file of each executor, the commit, and the offsets of before and after
      s3Put: batches * (executors + 3) * workload.tables,
      s3Get: batches * 4 * workload.tables,
    }),
  ]);
}

/** Its own charge is not in the list of prices: see `breakEven`. */
function channelLines(workload: Workload, stream: 'on-demand' | 'msk'): Line[] {
  const { messages, payloadBytes } = trafficOf(workload);
  const unread = streamLines({ ...workload, stream }).filter(
    // what only our function is billed for
    ({ price }) => price !== 'pollerHour',
  );
  return mergeLines([
    ...plainLines(workload),
    ...unread,
    ...linesOf('ingest', { s3Put: deliveries(workload) * 2, channel: (messages * payloadBytes) / GB }),
  ]);
}
