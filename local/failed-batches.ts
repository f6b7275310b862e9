import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { StreamRecord } from '../src/streams/stream.ts';
import { writeFileAtomically } from './data-dir.ts';
import { createKinesisEvent } from './kinesis-event.ts';

export type GiveUpCondition = 'RetryAttemptsExhausted' | 'RecordAgeExceeded';

export type FailedBatch = {
  readonly arn: string;
  readonly shard: string;
  readonly functionArn: string;
  readonly records: readonly StreamRecord[];
  readonly condition: GiveUpCondition;
  /** how often the function was invoked with the batch; 0: never */
  readonly invocations: number;
  /** the function threw, timed out or crashed, where it did not answer with failed records */
  readonly unhandled: boolean;
  /** milliseconds */
  readonly at: number;
};

/**
 * Writes what the event source gives up on, one JSON file a batch, in the shape of Lambda's S3 on-failure destination: the
 * invocation record with the whole event as `payload` (JSON text). Durable when it resolves. Returns the file.
 */
export async function writeFailedBatch(folder: string, batch: FailedBatch): Promise<string> {
  const { records } = batch;
  const [first, last] = [records[0]!, records.at(-1)!];
  const timestamp = new Date(batch.at).toISOString();
  const record = {
    requestContext: {
      requestId: randomUUID(),
      functionArn: batch.functionArn,
      condition: batch.condition,
      approximateInvokeCount: batch.invocations,
    },
    ...(batch.invocations > 0 && {
      responseContext: {
        statusCode: 200,
        executedVersion: '$LATEST',
        ...(batch.unhandled && { functionError: 'Unhandled' }),
      },
    }),
    version: '1.0',
    timestamp,
    KinesisBatchInfo: {
      shardId: batch.shard,
      startSequenceNumber: first.position,
      endSequenceNumber: last.position,
      approximateArrivalOfFirstRecord: new Date(first.arrivedAt).toISOString(),
      approximateArrivalOfLastRecord: new Date(last.arrivedAt).toISOString(),
      batchSize: records.length,
      streamArn: batch.arn,
    },
    payload: JSON.stringify(createKinesisEvent(batch.arn, batch.shard, records)),
  };
  await mkdir(folder, { recursive: true });
  const file = join(
    folder,
    `${batch.shard}-${timestamp.slice(0, 19).replaceAll(':', '.')}-${randomUUID()}.json`,
  );
  await writeFileAtomically(file, JSON.stringify(record));
  return file;
}
