/**
 * What the model takes from Tributary's own behaviour. What the stacks say is held against them by
 * `test/lib/cost-behaviour.test.ts`; what was measured names its command.
 */

/** Of the event source and the ingest function. */
export const INGEST = {
  /** records a batch */
  batchSize: 10_000,
  /** what an invocation may carry, bytes */
  eventBytes: 6 * 1024 ** 2,
  /** what a record is in the event beside its payload in base64, bytes */
  recordOverhead: 645,
  memoryMb: 1769,
  /** a table's data file and its commit */
  putsPerTable: 2,
} as const;

/** Milliseconds that S3 takes: the middle of the delays that `npm run bench -- commits` assumes. */
export const S3_MS = { put: 60, get: 25 } as const;

/**
 * Lambda's cores are not those of the machine that measured, and cold starts are left out: every measured time counts
 * so many times.
 */
export const CAUTION = 2;

/** `npm run bench -- ingest`: 17.6 ms for 10,000 records of 229 B and 9.6 ms for their event, by CPU. */
export const INGEST_MS_PER_BYTE = (17.6 + 9.6) / (10_000 * 229);

/** `npm run bench -- compaction`: 993 MB put together in 15.0 s of CPU. */
export const COMPACTION_BYTES_PER_MS = (993 * 1024 ** 2) / 15_000;

/**
 * `npm start -- --fleet vehicles --devices 100 --rate 3000 --for 15s`: 41.6 B in Parquet for each payload of 165 B, which is
 * among them; `npm run backfill` of the same readings, without payloads: 32.5 B.
 */
export const PARQUET_PER_PAYLOAD_BYTE = { withPayload: 41.6 / 165, without: 32.5 / 165 } as const;

/** `npm run bench -- rollup`: at most 62 ms of work for a minute's 6,000 rows; the start of DuckDB and S3's answers beside it. */
export const ROLLUP = { memoryMb: 3008, diskGb: 4 - 0.5, startMs: 1000, msPerRow: 62 / 6000 } as const;

/**
 * What the schedule does of upkeep: its turns, the fleet's and the lake's own, and what they call each time. (`startMs` is the
 * least that a call takes.)
 */
export type Upkeep = {
  readonly memoryMb: number;
  readonly everyMinutes: number;
  readonly turns: number;
  readonly calls: number;
  readonly startMs: number;
};
export const CHECKPOINT: Upkeep = { memoryMb: 1769, everyMinutes: 5, turns: 1, calls: 1, startMs: 300 };
export const OPTIMIZE: Upkeep = { memoryMb: 3008, everyMinutes: 60, turns: 2, calls: 2, startMs: 500 };
/** vacuum twice, and recover */
export const CARE: Upkeep = { memoryMb: 1769, everyMinutes: 24 * 60, turns: 2, calls: 3, startMs: 2000 };
/** What compaction makes of small files, bytes. */
export const TARGET_BYTES = 128 * 1024 ** 2;

/** How long what a rewrite replaced is kept: vacuum's retention, and the old versions of `prod` after it, days. */
export const REPLACED_DAYS = 7 + 14;

/** Of each invocation and of each execution of a state machine with its data, bytes. */
export const LOG_BYTES = { invocation: 1500, execution: 10_000 } as const;

/** States of a turn of the schedule in which all goes well, its start and its end among them; one more for each further rollup. */
export const TRANSITIONS_PER_TURN = 10;

/** A `prod` of one fleet, at most. */
export const WATCH = { alarmMetrics: 40, dashboards: 1, ownMetrics: 10 } as const;

/** Requests to KMS: of each shard, to write and to read, every five minutes; of S3, one in a hundred with bucket keys. */
export const KMS = { perShardHour: 24, perS3Request: 0.01 } as const;

/**
 * The cluster of `-c stream=msk`: Express brokers of one size, a secret with a key of its own. A broker takes in so many
 * bytes a second steadily, a poller of Lambda's five MB.
 */
export const MSK = {
  brokers: 3,
  bytesPerBroker: 15.6e6,
  partitions: 12,
  pollers: 1,
  bytesPerPoller: 5e6,
} as const;
