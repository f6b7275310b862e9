import middy from '@middy/core';
import type { Context, SQSBatchResponse } from 'aws-lambda';
import { realDeps } from '../../src/delta/real-deps.ts';
import type { StreamEvent } from '../../src/ingest/given-up-object.ts';
import { createIngestDeps } from '../../src/ingest/ingest-deps.ts';
import { createLake } from '../../src/ingest/lake.ts';
import { type RecoveredObject, recoverObject } from '../../src/ingest/recover-object.ts';
import { parseStreamEvent } from '../ingest/stream-event.ts';
import { createStreamIdentifier } from '../ingest/stream-identity.ts';
import { configuredFleets, openGivenUpStore, openLakeStore } from '../shared/environment.ts';
import { createTelemetry } from '../shared/telemetry.ts';
import { findKeys, type GivenUp, type RecoverEvent } from './recover-event.ts';

export type RecoverAnswer = SQSBatchResponse & { readonly objects: readonly RecoveredObject[] };

const { logger, count, middlewares } = createTelemetry('recover');
const identify = createStreamIdentifier();
const store = openGivenUpStore();
const deps = {
  store,
  ...createIngestDeps(createLake(openLakeStore(), realDeps), configuredFleets()),
  runsOf: (event: StreamEvent) => parseStreamEvent(event, identify),
};

/** A sweep stops before Lambda would: the next one goes on. */
const TIME_FOR_AN_OBJECT_MS = 120_000;

/**
 * Brings back what was left outside of the stream: batches that the event source gave up on, and messages that a rule
 * could not put. It hears of each when it is put, and a sweep asks for whatever is still there. An object that cannot be
 * brought back now stays where it is: its message comes again, and where there is none the invocation fails.
 */
export const handler = middy<RecoverEvent, RecoverAnswer>()
  .use(middlewares)
  .handler(async (event, context) => {
    const objects: RecoveredObject[] = [];
    const faults: unknown[] = [];
    const again = new Set<string>();
    for await (const { key, messageId } of 'sweep' in event ? list(event.sweep, context) : findKeys(event)) {
      try {
        objects.push(await recoverObject(key, deps));
      } catch (error) {
        logger.error(`${key} stays`, { errors: [String(error)] });
        if (messageId === undefined) faults.push(error);
        else again.add(messageId);
      }
    }
    count('recovered', objects.length);
    count('unrecovered', faults.length + again.size);
    logger.info('objects recovered', { objects });
    if (faults.length > 0)
      throw new AggregateError(faults, `${faults.length} objects stay: ${faults.map(String).join('; ')}`);
    return { objects, batchItemFailures: Array.from(again, (itemIdentifier) => ({ itemIdentifier })) };
  });

async function* list(prefixes: readonly string[], context: Context): AsyncGenerator<GivenUp> {
  for (const prefix of prefixes) {
    for await (const { key } of store.list(prefix)) {
      if (context.getRemainingTimeInMillis() < TIME_FOR_AN_OBJECT_MS) return;
      yield { key };
    }
  }
}
