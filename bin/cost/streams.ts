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
  const { rate, messages, messageBytes } = trafficOf(workload);
  const pollers = Math.max(MSK.pollers, Math.ceil((rate * messageBytes) / MSK.bytesPerPoller));
  return linesOf('stream', {
    mskExpressHour: brokersFor(workload) * HOURS,
    mskExpressIn: (messages * messageBytes) / GB,
    mskKept: keptGb(workload, 0),
    pollerHour: pollers * HOURS,
    secret: 1,
    kmsKey: 1,
  });
}

/** Brokers that the traffic needs, as many in each zone. (The stacks make three; more are an AWS call away.) */
export function brokersFor(workload: Workload): number {
  const { rate, messageBytes } = trafficOf(workload);
  const needed = (rate * messageBytes) / MSK.bytesPerBroker;
  return Math.max(1, Math.ceil(needed / MSK.brokers)) * MSK.brokers;
}

/** GB in the stream at any time that are older than so many days. */
export function keptGb(workload: Workload, freeDays: number): number {
  const { rate, messageBytes } = trafficOf(workload);
  return (rate * messageBytes * 86_400 * Math.max(0, workload.streamDays - freeDays)) / GB;
}
