import middy from '@middy/core';
import type { Context, KinesisStreamBatchResponse } from 'aws-lambda';
import { realDeps } from '../../src/delta/real-deps.ts';
import { isKafkaEvent, type StreamEvent } from '../../src/ingest/given-up-object.ts';
import { createIngestDeps } from '../../src/ingest/ingest-deps.ts';
import { ingestShards, type ShardsReport } from '../../src/ingest/ingest-shards.ts';
import { createLake } from '../../src/ingest/lake.ts';
import { describeErrors } from '../shared/describe-errors.ts';
import { configuredFleets, openLakeStore } from '../shared/environment.ts';
import { createTelemetry } from '../shared/telemetry.ts';
import { type KafkaBatchResponse, nameFailures } from './kafka-event.ts';
import { parseStreamEvent } from './stream-event.ts';
import { createStreamIdentifier } from './stream-identity.ts';

const { logger, count, middlewares } = createTelemetry('ingest');
const deps = createIngestDeps(createLake(openLakeStore(), realDeps), configuredFleets());
const identify = createStreamIdentifier();

/** A partition that is tried alone gets so much time at least. */
const TIME_FOR_A_SHARD_MS = 60_000;

/**
 * A batch of Kinesis (one shard) or Kafka (several partitions) → commits. It answers with no failed items or rejects as a
 * whole, but for partitions that are sick beside others: a batch that comes again skips what its tables hold, so there is
 * nothing to gain from naming a first failed record.
 */
export const handler = middy<StreamEvent, KinesisStreamBatchResponse | KafkaBatchResponse>()
  .use(middlewares)
  .handler(async (event, context) => {
    const runs = await parseStreamEvent(event, identify);
    const { report, failed } = await ingestShards(runs, deps, () => hasTime(context));
    const rows = Object.values(report.rows).reduce((sum, each) => sum + each, 0);
    count('messages', report.records);
    count('rows', rows);
    count('quarantined', report.quarantined);
    count('races', report.races);
    count('refusedTables', report.refused.length);
    if (isKafkaEvent(event)) count('failedPartitions', failed.length);
    if (failed.length === 0) {
      logger.info('batch committed', report);
      return { batchItemFailures: [] };
    }
    if (!isKafkaEvent(event) || failed.length === runs.length) throw combine(failed);
    for (const { run, error } of failed)
      logger.error(`partition ${run.shard} comes again`, { errors: describeErrors(error) });
    logger.info('batch committed in part', report);
    return nameFailures(
      event,
      failed.map(({ run }) => run),
    );
  });

function hasTime(context: Context): boolean {
  return context.getRemainingTimeInMillis() > TIME_FOR_A_SHARD_MS;
}

function combine(failed: ShardsReport['failed']): unknown {
  const errors = Array.from(new Set(failed.map(({ error }) => error)));
  if (errors.length === 1) return errors[0];
  return new AggregateError(errors, `${failed.length} shards failed: ${errors.map(String).join('; ')}`);
}
