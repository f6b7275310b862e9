import middy from '@middy/core';
import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { realDeps } from '../../src/delta/real-deps.ts';
import { prepareLake } from '../../src/ingest/prepare-lake.ts';
import { configuredFleets, openLakeStore } from '../shared/environment.ts';
import { createTelemetry } from '../shared/telemetry.ts';
import { answerCloudFormation } from '../shared/answer-cloudformation.ts';

const { logger, middlewares } = createTelemetry('prepare');
const fleets = configuredFleets();
const store = openLakeStore();

/**
 * CloudFormation's custom resource: the tables of the lake, before anything reads or writes them. A deployment whose
 * definitions cannot be met by the tables that are there ends here, and everything stays as it was. When the resource is
 * deleted the tables stay: they belong to the bucket.
 */
export const handler = middy<CloudFormationCustomResourceEvent, void>()
  .use(middlewares)
  .handler((event) =>
    answerCloudFormation(event, async () => {
      if (event.RequestType === 'Delete') return;
      logger.info('lake prepared', { tables: await prepareLake(store, fleets, realDeps) });
    }),
  );
