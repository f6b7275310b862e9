import type { Region } from './prices.ts';

export const STREAMS = ['on-demand', 'provisioned', 'msk'] as const;
export type StreamKind = (typeof STREAMS)[number];

/** What a month's cost is worked out from. Rates are means over the month. */
export type Workload = {
  readonly region: Region;
  readonly devices: number;
  /** of all devices together, as they measure: before they batch */
  readonly messagesPerSecond: number;
  /** of one such message */
  readonly payloadBytes: number;
  /** in one such message */
  readonly readingsPerMessage: number;
  /** how many such messages a device sends as one; 1: each alone */
  readonly batchOnDevice: number;
  readonly basicIngest: boolean;
  readonly stream: StreamKind;
  /** how long a batch may fill in the stream, seconds */
  readonly batchWindow: number;
  /** raw tables that the messages are spread over evenly */
  readonly tables: number;
  /** how often rollups run, minutes */
  readonly rollupEvery: number;
  /** how long rows are kept, days */
  readonly retention: number;
  /** questions to Athena a month, each over `scanDays` days of one table */
  readonly queries: number;
  readonly scanDays: number;
  readonly spiceGb: number;
  /** how long the stream keeps records */
  readonly streamDays: number;
};

/** How long the stream of a stage keeps records, days. */
export const STREAM_DAYS = { dev: 1, prod: 7 } as const;

/** A month as AWS's calculator has it. */
export const HOURS = 730;
export const SECONDS = HOURS * 3600;
export const DAYS = HOURS / 24;

export const KB = 1024;
export const GB = 1024 ** 3;

/** A topic goes with each message: IoT Core meters it, and it is the record's partition key. */
const TOPIC_BYTES = 40;

/** What travels: after the devices have batched. */
export type Traffic = {
  /** messages a second */
  readonly rate: number;
  readonly payloadBytes: number;
  /** payload and topic */
  readonly messageBytes: number;
  readonly readings: number;
  /** messages a month */
  readonly messages: number;
};

export function trafficOf(workload: Workload): Traffic {
  const { messagesPerSecond, batchOnDevice, payloadBytes, readingsPerMessage } = workload;
  const rate = messagesPerSecond / batchOnDevice;
  const bytes = payloadBytes * batchOnDevice;
  return {
    rate,
    payloadBytes: bytes,
    messageBytes: bytes + TOPIC_BYTES,
    readings: readingsPerMessage * batchOnDevice,
    messages: rate * SECONDS,
  };
}

/** How many units of `unit` bytes something is billed as: it is rounded up. */
export function meter(bytes: number, unit: number): number {
  return Math.ceil(bytes / unit);
}
