import { batchesOf } from './batches.ts';
import { KMS, MSK } from './behaviour.ts';
import { type Line, linesOf } from './lines.ts';
import { GB, HOURS, KB, meter, type StreamKind, trafficOf, type Workload } from './workload.ts';

/** The stream between rule and function, and what reads it for the function. */
export function streamLines(workload: Workload): Line[] {
  return STREAM_LINES[workload.stream](workload);
}

const STREAM_LINES: Readonly<Record<StreamKind, (workload: Workload) => Line[]>> = {
  'on-demand': onDemandLines,
  provisioned: provisionedLines,
  msk: mskLines,
};

function onDemandLines(workload: Workload): Line[] {
  const { messages, messageBytes } = trafficOf(workload);
  return linesOf('stream', {
    kinesisStreamHour: HOURS,
    kinesisIn: (messages * meter(messageBytes, KB) * KB) / GB,
    kinesisOut: (messages * messageBytes) / GB,
    kinesisKept: keptGb(workload, 1),
    kmsRequest: batchesOf(workload).shards * HOURS * KMS.perShardHour,
  });
}

function provisionedLines(workload: Workload): Line[] {
  const { messages, messageBytes } = trafficOf(workload);
  const shardHours = batchesOf(workload).shards * HOURS;
  return linesOf('stream', {
    kinesisShardHour: shardHours,
    kinesisPut: messages * meter(messageBytes, 25 * KB),
    kinesisShardKept: workload.streamDays > 1 ? shardHours : 0,
    kmsRequest: shardHours * KMS.perShardHour,
  });
}

function mskLines(workload: Workload): Line[] {
  const { messages, messageBytes } = trafficOf(workload);
  return linesOf('stream', {
    mskExpressHour: MSK.brokers * HOURS,
    mskExpressIn: (messages * messageBytes) / GB,
    mskKept: keptGb(workload, 0),
    endpointHour: MSK.endpoints * HOURS,
    pollerHour: MSK.pollers * HOURS,
  });
}

/** GB in the stream at any time that are older than so many days. */
export function keptGb(workload: Workload, freeDays: number): number {
  const { rate, messageBytes } = trafficOf(workload);
  return (rate * messageBytes * 86_400 * Math.max(0, workload.streamDays - freeDays)) / GB;
}
