import { createHash } from 'node:crypto';
import type { KinesisStreamEvent, MSKEvent } from 'aws-lambda';
import { TributaryError } from '../errors.ts';
import type { ShardRun } from '../streams/stream.ts';

/** What an event source hands over. */
export type StreamEvent = KinesisStreamEvent | MSKEvent;

/** What was left outside of the stream, as one object in the bucket. */
export type GivenUpObject =
  /** what an event source gave up on: its on-failure destination in S3 holds the whole event */
  | { readonly kind: 'batch'; readonly event: StreamEvent }
  /** what the error action of an IoT rule kept: a message that never was on a stream */
  | { readonly kind: 'rule-error'; readonly run: ShardRun };

/**
 * @param name the object's key, for messages
 * @param writtenAt ms; the arrival of a message that never was on a stream. It must be the same however often it is asked
 */
export function parseGivenUpObject(name: string, bytes: Uint8Array, writtenAt: number): GivenUpObject {
  const object = parseObject(name, bytes);
  const { payload, base64OriginalPayload, topic } = object;
  if ('KinesisBatchInfo' in object || 'KafkaBatchInfo' in object) {
    const event =
      typeof payload === 'string' ? parseObject(`${name}, payload`, Buffer.from(payload)) : payload;
    if (!isKinesisEvent(event) && !isKafkaEvent(event))
      throw misfit(name, 'its payload is no event with records of Kinesis or Kafka');
    return { kind: 'batch', event };
  }
  if (typeof base64OriginalPayload === 'string') {
    if (typeof topic !== 'string') throw misfit(name, 'it names no topic');
    return { kind: 'rule-error', run: runOfMessage({ topic, base64OriginalPayload, bytes, writtenAt }) };
  }
  throw misfit(name, 'it has neither KinesisBatchInfo, KafkaBatchInfo nor base64OriginalPayload');
}

/** Its origin is the object itself: the digest of the whole, since equal messages are not the same message. */
function runOfMessage(message: {
  readonly topic: string;
  readonly base64OriginalPayload: string;
  readonly bytes: Uint8Array;
  readonly writtenAt: number;
}): ShardRun {
  const { topic: key, base64OriginalPayload, bytes, writtenAt: arrivedAt } = message;
  const id = createHash('sha256').update(bytes).digest('hex');
  const payload = Buffer.from(base64OriginalPayload, 'base64');
  return {
    stream: { kind: 'iot-error', id },
    shard: '0',
    records: [{ key, payload, position: '0', arrivedAt }],
  };
}

function parseObject(name: string, bytes: Uint8Array): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes).toString());
  } catch (cause) {
    throw new TributaryError(`${name} is no JSON: nothing can be brought back from it`, { cause });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw misfit(name, 'it is no object');
  return value as Readonly<Record<string, unknown>>;
}

function isKinesisEvent(event: unknown): event is KinesisStreamEvent {
  const records = (event as { readonly Records?: unknown } | undefined)?.Records;
  return (
    Array.isArray(records) &&
    records.every(
      (record) => typeof (record as { kinesis?: { data?: unknown } } | null)?.kinesis?.data === 'string',
    )
  );
}

/** Kafka's events are told from those of Kinesis by their source; each list is a partition's. */
export function isKafkaEvent(event: unknown): event is MSKEvent {
  const { eventSource, records } = (event ?? {}) as {
    readonly eventSource?: unknown;
    readonly records?: unknown;
  };
  return (
    eventSource === 'aws:kafka' &&
    typeof records === 'object' &&
    records !== null &&
    Object.values(records).every((list) => Array.isArray(list) && list.every(isKafkaRecord))
  );
}

function isKafkaRecord(record: unknown): boolean {
  const { topic, partition, offset, timestamp } = (record ?? {}) as Readonly<Record<string, unknown>>;
  return typeof topic === 'string' && [partition, offset, timestamp].every(Number.isSafeInteger);
}

function misfit(name: string, what: string): TributaryError {
  return new TributaryError(
    `${name} is neither a batch that an event source gave up on nor a message of a rule's error action: ${what}`,
  );
}
