import { TributaryError } from '../../src/errors.ts';
import { isKafkaEvent, type StreamEvent } from '../../src/ingest/given-up-object.ts';
import type { ShardRun } from '../../src/streams/stream.ts';
import { parseKafkaEvent } from './kafka-event.ts';
import { type IdentifyStream, parseKinesisEvent } from './kinesis-event.ts';

/** The runs of a batch, whichever kind of stream it comes from. */
export async function parseStreamEvent(event: StreamEvent, identify: IdentifyStream): Promise<ShardRun[]> {
  if (isKafkaEvent(event)) return parseKafkaEvent(event);
  if ('Records' in event) return parseKinesisEvent(event, identify);
  throw new TributaryError(
    `event ${JSON.stringify(event).slice(0, 200)} is no batch of Kinesis, and none of a topic of MSK`,
  );
}
