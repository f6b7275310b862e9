import type { MSKEvent, MSKRecord } from 'aws-lambda';
import type { StreamRecord } from '../../src/streams/stream.ts';

export const CLUSTER_ARN =
  'arn:aws:kafka:eu-central-1:123456789012:cluster/tributary/0a1b2c3d-4e5f-6789-abcd-ef0123456789-7';

/** Records of one partition, in order. */
export type Partition = { readonly shard: string; readonly records: readonly StreamRecord[] };

/**
 * The event that Lambda's event source mapping hands to a function for records of several partitions.
 * https://docs.aws.amazon.com/lambda/latest/dg/with-msk.html#msk-sample-event
 */
export function createKafkaEvent(topic: string, partitions: readonly Partition[]): MSKEvent {
  return {
    eventSource: 'aws:kafka',
    eventSourceArn: CLUSTER_ARN,
    bootstrapServers: 'b-1.tributary.example:9096,b-2.tributary.example:9096',
    records: Object.fromEntries(
      partitions.map(({ shard, records }) => [
        `${topic}-${shard}`,
        records.map((record): MSKRecord => createKafkaRecord(topic, Number(shard), record)),
      ]),
    ),
  };
}

function createKafkaRecord(topic: string, partition: number, record: StreamRecord): MSKRecord {
  return {
    topic,
    partition,
    offset: Number(record.position),
    timestamp: record.arrivedAt,
    timestampType: 'LOG_APPEND_TIME',
    key: Buffer.from(record.key).toString('base64'),
    value: Buffer.from(record.payload).toString('base64'),
    headers: [],
  };
}
