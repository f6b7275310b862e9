import middy from '@middy/core';
import { writeCheckpoint } from '../../src/delta/checkpoint.ts';
import { realDeps } from '../../src/delta/real-deps.ts';
import { loadTableState } from '../../src/delta/snapshot.ts';
import { lakePaths } from '../../src/fleet/index.ts';
import { prefixedStore } from '../../src/stores/object-store.ts';
import { configuredFleets, openLakeStore } from '../shared/environment.ts';
import { createTelemetry } from '../shared/telemetry.ts';

export type CheckpointAnswer = {
  readonly checkpoints: readonly { readonly table: string; readonly version: number }[];
};

const { logger, middlewares } = createTelemetry('checkpoint');
const paths = lakePaths(configuredFleets());
const lake = openLakeStore();

/** Writes the checkpoints that are due: outside the ingest path, so that no batch waits for one (design 5.9). */
export const handler = middy<unknown, CheckpointAnswer>()
  .use(middlewares)
  .handler(async () => {
    const checkpoints: { table: string; version: number }[] = [];
    for (const table of paths) {
      const store = prefixedStore(lake, `${table}/`);
      if ((await loadTableState(store)) === undefined) continue;
      const version = await writeCheckpoint(store, { ifDue: true }, realDeps);
      if (version !== undefined) checkpoints.push({ table, version });
    }
    logger.info('checkpoints written', { checkpoints });
    return { checkpoints };
  });
