import middy from '@middy/core';
import { realDeps } from '../../src/delta/real-deps.ts';
import { createIngestDeps } from '../../src/ingest/ingest-deps.ts';
import { createLake } from '../../src/ingest/lake.ts';
import { type QuarantineReplay, replayQuarantine } from '../../src/ingest/replay-quarantine.ts';
import { configuredFleets, openLakeStore } from '../shared/environment.ts';
import { createTelemetry } from '../shared/telemetry.ts';
import { parseReplayEvent } from './replay-event.ts';

const { logger, count, middlewares } = createTelemetry('replay');
const deps = createIngestDeps(createLake(openLakeStore(), realDeps), configuredFleets());

/** Tries what the quarantine holds under today's definitions: called by hand, after a better definition was deployed. */
export const handler = middy<unknown, QuarantineReplay>()
  .use(middlewares)
  .handler(async (event) => {
    const report = await replayQuarantine(parseReplayEvent(event), deps, (soFar) =>
      logger.info('quarantine replayed so far', soFar),
    );
    count('rows', report.rows);
    logger.info('quarantine replayed', report);
    return report;
  });
