import middy from '@middy/core';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { realDeps } from '../../src/delta/real-deps.ts';
import { selectFleets, selectRollups } from '../../src/fleet/index.ts';
import { type ModelReport, runModel } from '../../src/models/run-model.ts';
import { selectModels } from '../../src/models/select-models.ts';
import type { RollupReport } from '../../src/rollup/report.ts';
import { runRollup } from '../../src/rollup/run.ts';
import { createDuckDbEngine } from '../../src/sql/duckdb.ts';
import { configuredFleets, openLakeStore } from '../shared/environment.ts';
import { createTelemetry } from '../shared/telemetry.ts';

/** Which to run: all rollups and models, a fleet's, or one. */
export type RollupEvent = { readonly fleet?: string; readonly rollup?: string; readonly model?: string };
export type RollupAnswer = {
  readonly reports: readonly RollupReport[];
  readonly models: readonly ModelReport[];
};

const { logger, count, middlewares } = createTelemetry('rollup');
const fleets = configuredFleets();
const lake = openLakeStore();
const stagingDirectory = join(tmpdir(), 'tributary-staging');

/**
 * Brings the rollups up to date with their sources, then the models, each after those that it reads; one that fails does not
 * keep the others from running.
 */
export const handler = middy<RollupEvent, RollupAnswer>()
  .use(middlewares)
  .handler(async (event) => {
    const sql = createDuckDbEngine({ stagingDirectory });
    const deps = { lake, sql, ...realDeps };
    const [reports, models, faults]: [RollupReport[], ModelReport[], unknown[]] = [[], [], []];
    selectFleets(fleets, event.fleet);
    const collect = async (work: () => Promise<unknown>) => {
      try {
        await work();
      } catch (error) {
        faults.push(error);
      }
    };
    try {
      for (const { rollup, source } of event.model === undefined ? selectRollups(fleets, event) : [])
        await collect(async () => reports.push(await runRollup(rollup, source, deps)));
      for (const planned of event.rollup === undefined ? await selectModels(fleets, event) : [])
        await collect(async () => models.push(await runModel(planned, deps)));
    } finally {
      await sql.close();
    }
    count(
      'windows',
      [...reports, ...models].reduce((sum, { windows }) => sum + windows, 0),
    );
    logger.info('rollups and models ran', { reports, models });
    if (faults.length > 0)
      throw new AggregateError(
        faults,
        `${faults.length} rollups or models failed: ${faults.map(String).join('; ')}`,
      );
    return { reports, models };
  });
