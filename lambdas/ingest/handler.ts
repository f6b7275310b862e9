import middy from '@middy/core';
import type { KinesisStreamBatchResponse, KinesisStreamEvent } from 'aws-lambda';
import { realDeps } from '../../src/delta/real-deps.ts';
import { ingestBatch } from '../../src/ingest/ingest-batch.ts';
import { createIngestDeps } from '../../src/ingest/ingest-deps.ts';
import { createLake } from '../../src/ingest/lake.ts';
import { configuredFleets, openLakeStore } from '../shared/environment.ts';
import { createTelemetry } from '../shared/telemetry.ts';
import { parseKinesisEvent } from './kinesis-event.ts';
import { createStreamIdentifier } from './stream-identity.ts';

const { logger, count, middlewares } = createTelemetry('ingest');
const deps = createIngestDeps(createLake(openLakeStore(), realDeps), configuredFleets());
const identify = createStreamIdentifier();

/**
 * Kinesis batch → commits. It answers with no failed items or rejects as a whole: a batch that comes again skips what
 * its tables hold, so there is nothing to gain from naming a first failed record.
 */
export const handler = middy<KinesisStreamEvent, KinesisStreamBatchResponse>()
  .use(middlewares)
  .handler(async (event) => {
    const report = await ingestBatch(await parseKinesisEvent(event, identify), deps);
    const rows = Object.values(report.rows).reduce((sum, each) => sum + each, 0);
    count('messages', report.records);
    count('rows', rows);
    count('quarantined', report.quarantined);
    count('races', report.races);
    count('refusedTables', report.refused.length);
    logger.info('batch committed', report);
    return { batchItemFailures: [] };
  });
