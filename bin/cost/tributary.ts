import {
  CARE,
  CAUTION,
  CHECKPOINT,
  COMPACTION_BYTES_PER_MS,
  INGEST,
  INGEST_MS_PER_BYTE,
  KMS,
  LOG_BYTES,
  OPTIMIZE,
  PARQUET_PER_PAYLOAD_BYTE,
  REPLACED_DAYS,
  ROLLUP,
  S3_MS,
  TARGET_BYTES,
  TRANSITIONS_PER_TURN,
  type Upkeep,
  WATCH,
} from './behaviour.ts';
import { batchesOf } from './batches.ts';
import { deviceLines } from './devices.ts';
import { type Line, linesOf, mergeLines } from './lines.ts';
import { queryLines } from './queries.ts';
import { streamLines } from './streams.ts';
import { GB, HOURS, SECONDS, trafficOf, type Workload } from './workload.ts';

/** Everything that a stage in use is billed for, `prod` with one fleet. */
export function tributaryLines(workload: Workload): Line[] {
  return mergeLines([
    ...deviceLines(workload),
    ...streamLines(workload),
    ...ingestLines(workload),
    ...upkeepLines(workload),
    ...rollupLines(workload),
    ...storageLines(workload),
    ...queryLines(workload, parquetBytesPerDay(workload)),
    ...linesOf('watch', {
      alarmMetric: WATCH.alarmMetrics,
      dashboard: WATCH.dashboards,
      metric: WATCH.ownMetrics,
    }),
  ]);
}

/** Of all tables together. */
export function parquetBytesPerDay(workload: Workload): number {
  const { rate, payloadBytes } = trafficOf(workload);
  return rate * payloadBytes * 86_400 * PARQUET_PER_PAYLOAD_BYTE.withPayload;
}

/** A function's bill: so many invocations, their milliseconds together, all that they log, and a trace at most each. */
function functionQuantities(memoryMb: number, invocations: number, milliseconds: number) {
  return {
    lambdaRequest: invocations,
    lambdaArm: (memoryMb / 1024) * (milliseconds / 1000),
    logs: (invocations * LOG_BYTES.invocation) / GB,
    // one a second is traced, and a twentieth of what is beyond
    trace: Math.min(invocations, SECONDS + 0.05 * Math.max(0, invocations - SECONDS)),
  };
}

/** What turns of the schedule cost beside what they call. */
function turnQuantities(turns: number, transitions: number = TRANSITIONS_PER_TURN) {
  return {
    schedule: turns,
    stepTransition: turns * transitions,
    logs: (turns * LOG_BYTES.execution) / GB,
  };
}

function ingestLines(workload: Workload): Line[] {
  const { shards, records, perSecond } = batchesOf(workload);
  const batches = perSecond * SECONDS;
  const tables = Math.min(workload.tables, records);
  // of each commit of another shard one GET at most, up to four in a row
  const gets = batches * (shards - 1) * tables;
  const cpu = records * trafficOf(workload).payloadBytes * INGEST_MS_PER_BYTE * CAUTION;
  const waits = INGEST.putsPerTable * S3_MS.put + Math.min(4, shards - 1) * S3_MS.get;
  const puts = batches * tables * INGEST.putsPerTable;
  return [
    ...linesOf('ingest', functionQuantities(INGEST.memoryMb, batches, batches * (cpu + waits))),
    ...linesOf('ingest', { s3Put: puts, s3Get: gets, kmsRequest: (puts + gets) * KMS.perS3Request }),
  ];
}

/**
 * How often a row is moved: every hour until its file outweighs what is small, which is once for each doubling within the
 * day, and once more when the day is over.
 */
export function rewritesOf(workload: Workload): number {
  const perHour = parquetBytesPerDay(workload) / workload.tables / 24;
  return 2 + Math.log2(Math.max(1, Math.min(24, TARGET_BYTES / perHour)));
}

/** Checkpoints, compaction, and what is deleted. */
function upkeepLines(workload: Workload): Line[] {
  const { perSecond } = batchesOf(workload);
  // a rollup for each raw one, and the quarantine
  const tables = 2 * workload.tables + 1;
  const commitsPerMinute = perSecond * 60 * workload.tables;
  // a look at each table: its last checkpoint, a LIST, the commits since
  const looks = ({ everyMinutes }: Upkeep) => tables * 2 + commitsPerMinute * everyMinutes;
  const hourly = commitsPerMinute * OPTIMIZE.everyMinutes;
  const daily = commitsPerMinute * CARE.everyMinutes;
  const moved = (parquetBytesPerDay(workload) * rewritesOf(workload)) / 24;
  const compaction = (moved / COMPACTION_BYTES_PER_MS) * CAUTION + (hourly * S3_MS.get) / 4;
  return [
    // a checkpoint and its hint at most
    ...upkeepOf(CHECKPOINT, tables * 3 * S3_MS.get, { s3Put: tables * 3, s3Get: looks(CHECKPOINT) }),
    ...upkeepOf(OPTIMIZE, compaction, {
      s3Put: tables * 3 + moved / TARGET_BYTES,
      // each small file twice: its footer and its rows
      s3Get: looks(OPTIMIZE) + hourly * 2,
    }),
    ...upkeepOf(CARE, daily / 5, {
      // pages of a thousand names: data files and commits of what is kept
      s3Put: tables * 2 + (daily * (REPLACED_DAYS + 30)) / 1000,
      s3Get: looks(CARE),
    }),
  ];
}

/** @param milliseconds beside the starts, and the requests: each time */
function upkeepOf(
  { memoryMb, everyMinutes, turns, calls, startMs }: Upkeep,
  milliseconds: number,
  { s3Put, s3Get }: { readonly s3Put: number; readonly s3Get: number },
): Line[] {
  const times = (HOURS * 60) / everyMinutes;
  const kmsRequest = (s3Put + s3Get) * KMS.perS3Request;
  return [
    ...linesOf(
      'upkeep',
      functionQuantities(memoryMb, times * calls, times * (calls * startMs + milliseconds)),
    ),
    ...linesOf('upkeep', turnQuantities(times * turns)),
    ...linesOf('upkeep', { s3Put: times * s3Put, s3Get: times * s3Get, kmsRequest: times * kmsRequest }),
  ];
}

/** One rollup of each raw table. */
function rollupLines(workload: Workload): Line[] {
  const { rollupEvery, tables } = workload;
  const { perSecond } = batchesOf(workload);
  const { rate, readings } = trafficOf(workload);
  const turns = (HOURS * 60) / rollupEvery;
  const rows = rate * readings * rollupEvery * 60;
  // the files that came since, and about as many that share their windows
  const files = 2 * Math.max(1, perSecond * rollupEvery * 60) * tables;
  const perTurn = tables * ROLLUP.startMs + rows * ROLLUP.msPerRow * CAUTION + (files * S3_MS.get) / 4;
  const puts = turns * INGEST.putsPerTable * tables;
  const gets = turns * files * 2;
  return [
    ...linesOf('rollups', functionQuantities(ROLLUP.memoryMb, turns * tables, turns * perTurn)),
    ...linesOf('rollups', turnQuantities(turns, TRANSITIONS_PER_TURN + tables - 1)),
    ...linesOf('rollups', {
      lambdaDisk: (ROLLUP.diskGb * turns * perTurn) / 1000,
      s3Put: puts,
      s3Get: gets,
      kmsRequest: (puts + gets) * KMS.perS3Request,
    }),
  ];
}

/** A lake as old as its retention, and what rewrites leave behind until it is deleted. */
function storageLines(workload: Workload): Line[] {
  const perDay = parquetBytesPerDay(workload) / GB;
  const replaced = perDay * rewritesOf(workload) * Math.min(REPLACED_DAYS, workload.retention);
  return linesOf('storage', { s3Storage: perDay * workload.retention + replaced, kmsKey: 1 });
}
