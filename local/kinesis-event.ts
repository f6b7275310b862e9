import type { KinesisStreamEvent, KinesisStreamRecord } from 'aws-lambda';
import type { StreamIdentity, StreamRecord } from '../src/streams/stream.ts';

/** The ARN that stands in for a Kinesis stream's; its last part is the stream's own id. */
export function streamArn(identity: StreamIdentity): string {
  return `arn:tributary:${identity.kind}:local:0:stream/${identity.id}`;
}

/** The event that Lambda's event source mapping hands to a function for records of one shard. */
export function createKinesisEvent(
  arn: string,
  shard: string,
  records: readonly StreamRecord[],
): KinesisStreamEvent {
  return { Records: records.map((record) => createKinesisRecord(arn, shard, record)) };
}

function createKinesisRecord(arn: string, shard: string, record: StreamRecord): KinesisStreamRecord {
  const { payload } = record;
  return {
    kinesis: {
      kinesisSchemaVersion: '1.0',
      partitionKey: record.key,
      sequenceNumber: record.position,
      data: Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString('base64'),
      approximateArrivalTimestamp: record.arrivedAt / 1000,
    },
    eventSource: 'aws:kinesis',
    eventVersion: '1.0',
    eventID: `${shard}:${record.position}`,
    eventName: 'aws:kinesis:record',
    invokeIdentityArn: 'arn:tributary:iam:local:0:role/event-source',
    awsRegion: 'local',
    eventSourceARN: arn,
  };
}

/** Bytes of an event without records. */
export const EMPTY_EVENT_BYTES = '{"Records":[]}'.length;

/**
 * How many bytes a record takes in the invocation payload, a comma included: what Lambda's 6 MB count is the JSON text with
 * its base64 and metadata, not the record's own bytes. Computed without building the text.
 */
export function createRecordMeasure(arn: string, shard: string): (record: StreamRecord) => number {
  const empty = { key: '', payload: new Uint8Array(), position: '', arrivedAt: 0 };
  const fixed = JSON.stringify(createKinesisRecord(arn, shard, empty)).length - '0'.length + ','.length;
  return ({ key, payload, position, arrivedAt }) =>
    fixed +
    (Buffer.byteLength(JSON.stringify(key)) - '""'.length) +
    2 * position.length +
    4 * Math.ceil(payload.byteLength / 3) +
    String(arrivedAt / 1000).length;
}
