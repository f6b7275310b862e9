import middy from '@middy/core';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { realDeps } from '../../src/delta/real-deps.ts';
import { UsageError } from '../../src/errors.ts';
import { selectFleets, selectRollups } from '../../src/fleet/index.ts';
import { type ModelReport, runModel } from '../../src/models/run-model.ts';
import { selectModels } from '../../src/models/select-models.ts';
import { joinPieces } from '../../src/rollup/join-pieces.ts';
import { makePiece } from '../../src/rollup/make-piece.ts';
import type { RollupDeps } from '../../src/rollup/open-rollup.ts';
import { planPieces } from '../../src/rollup/plan-pieces.ts';
import type { RollupName, RollupReport } from '../../src/rollup/report.ts';
import { runRollup } from '../../src/rollup/run.ts';
import { createDuckDbEngine } from '../../src/sql/duckdb.ts';
import { configuredFleets, openLakeStore, rollupLimit } from '../shared/environment.ts';
import { createTelemetry } from '../shared/telemetry.ts';
import type { PiecesEvent, RollupAnswer, RollupEvent, RunAnswer, RunEvent } from './rollup-event.ts';

const { logger, count, middlewares } = createTelemetry('rollup');
const fleets = configuredFleets();
const lake = openLakeStore();
const stagingDirectory = join(tmpdir(), 'tributary-staging');

/** Brings rollups and models up to date with their sources, or makes a part of a rollup that is too large for that. */
export const handler = middy<RollupEvent, RollupAnswer>()
  .use(middlewares)
  .handler(async (event) => {
    const sql = createDuckDbEngine({ stagingDirectory });
    try {
      const deps = { lake, sql, ...realDeps };
      return 'step' in event ? await takeStep(event, deps) : await runAll(event, deps);
    } finally {
      await sql.close();
    }
  });

/** The rollups, then the models, each after those that it reads; one that fails does not keep the others from running. */
async function runAll(event: RunEvent, deps: RollupDeps): Promise<RunAnswer> {
  const [reports, models, faults]: [RollupReport[], ModelReport[], unknown[]] = [[], [], []];
  const large: RollupName[] = [];
  selectFleets(fleets, event.fleet);
  const collect = async (work: () => Promise<unknown>) => {
    try {
      await work();
    } catch (error) {
      faults.push(error);
    }
  };
  const rollups = event.model === undefined && event.only === undefined;
  for (const { rollup, source } of rollups ? selectRollups(fleets, event) : [])
    await collect(async () => {
      const report = await runRollup(rollup, source, deps, rollupLimit());
      reports.push(report);
      if (report.kind === 'large') large.push({ fleet: rollup.fleet, rollup: rollup.name });
    });
  for (const planned of event.rollup === undefined ? await selectModels(fleets, event) : [])
    await collect(async () => models.push(await runModel(planned, deps)));
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
  return { reports, models, large };
}

async function takeStep(event: PiecesEvent, deps: RollupDeps): Promise<RollupAnswer> {
  const { rollup, source } = selectRollups(fleets, event)[0]!;
  switch (event.step) {
    case 'plan': {
      const planned = await planPieces(rollup, source, deps, rollupLimit());
      logger.info('pieces planned', { ...event, ...planned });
      return planned;
    }
    case 'piece': {
      const report = await makePiece(rollup, source, event, deps);
      if (report.kind === 'made') count('windows', report.windows);
      logger.info('piece made', { report });
      return report;
    }
    case 'join': {
      const report = await joinPieces(rollup, source, event.plan, deps);
      logger.info('pieces joined', { report });
      return report;
    }
    default:
      throw new UsageError(`no step ${JSON.stringify(event)}: there are plan, piece and join`);
  }
}
