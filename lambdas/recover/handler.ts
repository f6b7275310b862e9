import middy from '@middy/core';
import type { S3Event } from 'aws-lambda';
import { realDeps } from '../../src/delta/real-deps.ts';
import { createIngestDeps } from '../../src/ingest/ingest-deps.ts';
import { createLake } from '../../src/ingest/lake.ts';
import { type RecoveredObject, recoverObject } from '../../src/ingest/recover-object.ts';
import { parseKinesisEvent } from '../ingest/kinesis-event.ts';
import { createStreamIdentifier } from '../ingest/stream-identity.ts';
import { configuredFleets, openGivenUpStore, openLakeStore } from '../shared/environment.ts';
import { logInvocation } from '../shared/log-invocation.ts';

export type RecoverAnswer = { readonly objects: readonly RecoveredObject[] };

const identify = createStreamIdentifier();
const deps = {
  store: openGivenUpStore(),
  ...createIngestDeps(createLake(openLakeStore(), realDeps), configuredFleets()),
  runsOf: (event: Parameters<typeof parseKinesisEvent>[0]) => parseKinesisEvent(event, identify),
};

/**
 * Brings back what was left outside of the stream: batches that the event source gave up on, and messages that a rule
 * could not put. An object whose readings cannot be brought back now stays where it is; the invocation fails then.
 */
export const handler = middy<S3Event, RecoverAnswer>()
  .use(logInvocation('recover'))
  .handler(async (event) => {
    const objects: RecoveredObject[] = [];
    const faults: unknown[] = [];
    for (const { s3 } of event.Records) {
      try {
        objects.push(await recoverObject(decodeKey(s3.object.key), deps));
      } catch (error) {
        faults.push(error);
      }
    }
    console.log(JSON.stringify({ level: 'INFO', message: 'objects recovered', objects }));
    if (faults.length > 0)
      throw new AggregateError(faults, `${faults.length} objects stay: ${faults.map(String).join('; ')}`);
    return { objects };
  });

/** Events spell keys as forms do: `+` for a space. */
function decodeKey(key: string): string {
  return decodeURIComponent(key.replaceAll('+', ' '));
}
