import type { MSKEvent, MSKRecord } from 'aws-lambda';
import { TributaryError } from '../../src/errors.ts';
import type { ShardRun, StreamIdentity, StreamRecord } from '../../src/streams/stream.ts';

/**
 * Which records of a batch have to come again, as Lambda wants it of a Kafka event source.
 * https://docs.aws.amazon.com/lambda/latest/dg/kafka-retry-configurations.html#kafka-partial-batch-response
 */
export type KafkaBatchResponse = {
  readonly batchItemFailures: readonly {
    readonly itemIdentifier: { readonly partition: string; readonly offset: number };
  }[];
};

/** The runs of an event as Lambda's event source mapping hands it over: records of one partition each, in order. */
export function parseKafkaEvent(event: MSKEvent): ShardRun[] {
  return Object.values(event.records).flatMap((records) => {
    const [first] = records;
    if (first === undefined) return [];
    return [
      {
        stream: identifyTopic(event.eventSourceArn, first.topic),
        shard: String(first.partition),
        records: records.map(parseRecord),
      },
    ];
  });
}

/**
 * Names every record of these runs. Whether Lambda goes on from the first one that is named or brings just those again, it is
 * the same then: none of a partition's records is passed over.
 */
export function nameFailures(event: MSKEvent, failed: readonly ShardRun[]): KafkaBatchResponse {
  const partitions = new Set(failed.map(({ stream, shard }) => `${stream.id} ${shard}`));
  const batchItemFailures = Object.values(event.records).flatMap((records) =>
    records
      .filter(({ topic, partition }) =>
        partitions.has(`${identifyTopic(event.eventSourceArn, topic).id} ${partition}`),
      )
      .map(({ topic, partition, offset }) => ({
        itemIdentifier: { partition: `${topic}-${partition}`, offset },
      })),
  );
  return { batchItemFailures };
}

/**
 * A topic by its name and its cluster, which has an id of its own in its ARN. Kafka's own id of the topic is nowhere to be had
 * without a client of Kafka: a topic that is deleted and made anew on the same cluster is noticed by its arrivals (design
 * 5.13), and wants another name.
 */
function identifyTopic(clusterArn: string, topic: string): StreamIdentity {
  const [, cluster] = /^arn:[^:]+:kafka:[^:]*:[^:]*:cluster\/[^/]+\/([^/]+)$/.exec(clusterArn) ?? [];
  if (cluster === undefined)
    throw new TributaryError(`event source ${clusterArn} is no cluster of MSK: arn:…:cluster/<name>/<id>`);
  return { kind: 'kafka', id: `${topic}@${cluster}` };
}

function parseRecord({ key, value, offset, timestamp }: Partial<MSKRecord>): StreamRecord {
  return {
    key: decodeTopic(key),
    // a record may have no value: a message without payload
    payload: Buffer.from(value ?? '', 'base64'),
    position: String(offset),
    arrivedAt: timestamp!,
  };
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** The rules' key is the MQTT topic. What has none, or none that MQTT would take, goes to the quarantine: no table takes ''. */
function decodeTopic(key: string | null | undefined): string {
  try {
    return utf8.decode(Buffer.from(key ?? '', 'base64'));
  } catch (error) {
    if (error instanceof TypeError) return '';
    throw error;
  }
}
