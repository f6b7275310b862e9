import type { KinesisStreamEvent, KinesisStreamRecord } from 'aws-lambda';
import { TributaryError } from '../../src/errors.ts';
import { unpadPosition } from '../../src/streams/position.ts';
import type { ShardRun, StreamIdentity, StreamRecord } from '../../src/streams/stream.ts';

/** Says which stream an ARN names today, beyond its name (design 5.13). */
export type IdentifyStream = (arn: string) => Promise<StreamIdentity>;

/** The runs of an event as Lambda's event source mapping hands it over: records of one shard, in order. */
export async function parseKinesisEvent(
  event: KinesisStreamEvent,
  identify: IdentifyStream,
): Promise<ShardRun[]> {
  const byShard = new Map<string, KinesisStreamRecord[]>();
  for (const record of event.Records) {
    const { shard } = parseEventId(record.eventID);
    const key = `${record.eventSourceARN} ${shard}`;
    const run = byShard.get(key);
    if (run === undefined) byShard.set(key, [record]);
    else run.push(record);
  }
  return Promise.all(
    Array.from(byShard.values(), async (records) => {
      const first = records[0]!;
      return {
        stream: await identify(first.eventSourceARN),
        shard: parseEventId(first.eventID).shard,
        records: records.map(parseRecord),
      };
    }),
  );
}

/** `shardId-000000000000:4958…`: the shard and the sequence number. */
function parseEventId(eventId: string): { readonly shard: string } {
  const colon = eventId.indexOf(':');
  if (colon <= 0)
    throw new TributaryError(`event id ${JSON.stringify(eventId)} is not <shard>:<sequence number>`);
  return { shard: eventId.slice(0, colon) };
}

function parseRecord({ kinesis }: KinesisStreamRecord): StreamRecord {
  return {
    key: kinesis.partitionKey,
    payload: Buffer.from(kinesis.data, 'base64'),
    // what stands in for Kinesis may pad them
    position: unpadPosition(kinesis.sequenceNumber),
    arrivedAt: Math.round(kinesis.approximateArrivalTimestamp * 1000),
  };
}
