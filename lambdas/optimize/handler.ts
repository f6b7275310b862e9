import middy from '@middy/core';
import { writeManifests } from '../../src/delta/manifests.ts';
import { optimize, type OptimizeReport } from '../../src/delta/optimize.ts';
import { realDeps } from '../../src/delta/real-deps.ts';
import { loadTableState } from '../../src/delta/snapshot.ts';
import { prefixedStore } from '../../src/stores/object-store.ts';
import { configuredFleets, lakeUrl, openLakeStore } from '../shared/environment.ts';
import { createTelemetry } from '../shared/telemetry.ts';
import { lastMoment, rotate, selectUpkeep, type Upkeep, type UpkeepEvent } from '../shared/upkeep.ts';

/** What was done to tables in which there was something to do. `complete`: false where time ran out. */
export type OptimizeAnswer = {
  readonly tables: readonly (OptimizeReport & { readonly table: string })[];
  readonly complete: boolean;
};

/** A partition that nobody wrote to for a day is put together for good; in the others only as much as pays. */
const CLOSED_FOR_MS = 24 * 60 * 60 * 1000;
/** Readers of manifests see a table as it was when they were written last. */
const MANIFESTS = 'delta.compatibility.symlinkFormatManifest.enabled';

const { logger, middlewares } = createTelemetry('optimize');
const fleets = configuredFleets();
const lake = openLakeStore();

/** Makes many small files few large ones, table after table; one that fails does not keep the others from their turn. */
export const handler = middy<UpkeepEvent, OptimizeAnswer>()
  .use(middlewares)
  .handler(async (event, context) => {
    const until = lastMoment(context.getRemainingTimeInMillis(), realDeps.clock());
    const tables: (OptimizeReport & { readonly table: string })[] = [];
    const faults: unknown[] = [];
    for (const upkeep of rotate(selectUpkeep(fleets, event), realDeps.random())) {
      if (realDeps.clock() >= until) break;
      try {
        for (const report of await optimizeTable(upkeep, until))
          tables.push({ table: upkeep.table, ...report });
      } catch (error) {
        faults.push(error);
      }
    }
    logger.info('tables optimized', { tables });
    if (faults.length > 0)
      throw new AggregateError(faults, `${faults.length} tables failed: ${faults.map(String).join('; ')}`);
    return { tables, complete: realDeps.clock() < until };
  });

async function optimizeTable({ table, ...options }: Upkeep, until: number): Promise<OptimizeReport[]> {
  const store = prefixedStore(lake, `${table}/`);
  const state = await loadTableState(store);
  if (state === undefined) return [];
  // a definition may be ahead of its table, until the next batch comes
  const sortBy = options.sortBy.filter((name) => state.schema.fields.some((field) => field.name === name));
  const reports: OptimizeReport[] = [];
  for (const extent of [{ closedFor: CLOSED_FOR_MS }, { thrifty: true }]) {
    const report = await optimize(store, { ...options, sortBy, ...extent, until }, realDeps);
    if (report !== undefined && (report.commits > 0 || !report.complete)) reports.push(report);
  }
  if (state.metadata.configuration[MANIFESTS] === 'true')
    await writeManifests(store, `${lakeUrl()}/${table}`, realDeps);
  return reports;
}
