import middy from '@middy/core';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { realDeps } from '../../src/delta/real-deps.ts';
import { selectRollups } from '../../src/fleet/index.ts';
import { type RollupReport, runRollup } from '../../src/rollup/run.ts';
import { createDuckDbEngine } from '../../src/sql/duckdb.ts';
import { configuredFleets, openLakeStore } from '../shared/environment.ts';
import { logInvocation } from '../shared/log-invocation.ts';

/** Which rollups to run: all, a fleet's, or one. */
export type RollupEvent = { readonly fleet?: string; readonly rollup?: string };
export type RollupAnswer = { readonly reports: readonly RollupReport[] };

const fleets = configuredFleets();
const lake = openLakeStore();
const stagingDirectory = join(tmpdir(), 'tributary-staging');

/** Brings the rollups up to date with their sources, one after another; one that fails does not keep the others from running. */
export const handler = middy<RollupEvent, RollupAnswer>()
  .use(logInvocation('rollup'))
  .handler(async (event) => {
    const sql = createDuckDbEngine({ stagingDirectory });
    const reports: RollupReport[] = [];
    const faults: unknown[] = [];
    try {
      for (const { rollup, source } of selectRollups(fleets, event)) {
        try {
          reports.push(await runRollup(rollup, source, { lake, sql, ...realDeps }));
        } catch (error) {
          faults.push(error);
        }
      }
    } finally {
      await sql.close();
    }
    console.log(JSON.stringify({ level: 'INFO', message: 'rollups ran', reports }));
    if (faults.length > 0)
      throw new AggregateError(faults, `${faults.length} rollups failed: ${faults.map(String).join('; ')}`);
    return { reports };
  });
