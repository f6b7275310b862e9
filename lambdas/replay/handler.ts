import middy from '@middy/core';
import { type QuarantineReplay, replayQuarantine } from '../../src/ingest/replay-quarantine.ts';
import { createIngestDeps } from '../shared/ingest-deps.ts';
import { createTelemetry } from '../shared/telemetry.ts';
import { parseReplayEvent } from './replay-event.ts';

const { logger, count, middlewares } = createTelemetry('replay');
const deps = createIngestDeps();

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
