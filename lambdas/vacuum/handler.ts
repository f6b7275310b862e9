import middy from '@middy/core';
import { cleanLog } from '../../src/delta/clean-log.ts';
import { realDeps } from '../../src/delta/real-deps.ts';
import { vacuum } from '../../src/delta/vacuum.ts';
import { sweepPlans } from '../../src/rollup/staged-plan.ts';
import { prefixedStore } from '../../src/stores/object-store.ts';
import { configuredFleets, openLakeStore } from '../shared/environment.ts';
import { createTelemetry } from '../shared/telemetry.ts';
import { lastMoment, rotate, selectUpkeep, type UpkeepEvent } from '../shared/upkeep.ts';

export type VacuumAnswer = {
  readonly tables: readonly VacuumedTable[];
  /** false where time ran out */
  readonly complete: boolean;
};

/** Numbers of files deleted. `oldest`: the oldest version that can still be read. */
export type VacuumedTable = {
  readonly table: string;
  readonly dataFiles: number;
  readonly bytes: number;
  readonly logFiles: number;
  readonly oldest: number;
};

const { logger, middlewares } = createTelemetry('vacuum');
const fleets = configuredFleets();
const lake = openLakeStore();

/**
 * Deletes the data files and commits that are older than each table's retention and that nothing refers to any more; one
 * table that fails does not keep the others from their turn.
 */
export const handler = middy<UpkeepEvent, VacuumAnswer>()
  .use(middlewares)
  .handler(async (event, context) => {
    const until = lastMoment(context.getRemainingTimeInMillis(), realDeps.clock());
    const tables: VacuumedTable[] = [];
    const faults: unknown[] = [];
    for (const { table } of rotate(selectUpkeep(fleets, event), realDeps.random())) {
      if (realDeps.clock() >= until) break;
      try {
        const store = prefixedStore(lake, `${table}/`);
        const data = await vacuum(store, { until }, realDeps);
        const log = await cleanLog(store, { until }, realDeps);
        if (data === undefined || log === undefined) continue;
        // of rollups in pieces that were not joined: their data files have just gone
        await sweepPlans(store, realDeps.clock() - data.retention, realDeps);
        const { deleted: dataFiles, bytes } = data;
        tables.push({ table, dataFiles, bytes, logFiles: log.deleted, oldest: log.oldest });
      } catch (error) {
        faults.push(error);
      }
    }
    logger.info('tables vacuumed', { tables });
    if (faults.length > 0)
      throw new AggregateError(faults, `${faults.length} tables failed: ${faults.map(String).join('; ')}`);
    return { tables, complete: realDeps.clock() < until };
  });
