import middy from '@middy/core';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TributaryError } from '../../src/errors.ts';
import { selectFleets } from '../../src/fleet/index.ts';
import { type DataTestResult, testData } from '../../src/models/test-data.ts';
import { createDuckDbEngine } from '../../src/sql/duckdb.ts';
import { configuredFleets, openLakeStore } from '../shared/environment.ts';
import { createTelemetry } from '../shared/telemetry.ts';

/** Whose tests to run: all, or a fleet's. `strict`: 'yes' where a violated test is to fail the invocation. */
export type TestDataEvent = { readonly fleet?: string; readonly strict?: string };
export type TestDataAnswer = { readonly results: readonly DataTestResult[] };

const { logger, count, middlewares } = createTelemetry('test-data');
const fleets = configuredFleets();
const lake = openLakeStore();
const stagingDirectory = join(tmpdir(), 'tributary-staging');

/** Holds the lake against what the fleets say has to be true of their rows. */
export const handler = middy<TestDataEvent, TestDataAnswer>()
  .use(middlewares)
  .handler(async (event) => {
    const sql = createDuckDbEngine({ stagingDirectory });
    try {
      const asked = selectFleets(fleets, event.fleet);
      const results = await testData(asked, fleets, { lake, sql, clock: Date.now });
      const violated = results.filter(({ outcome }) => outcome === 'violated');
      count('violatedTests', violated.length);
      logger[violated.length === 0 ? 'info' : 'warn']('data tests ran', { results });
      if (event.strict === 'yes' && violated.length > 0) {
        const what = violated.map((each) => `${each.fleet}.${each.source} ${each.test}: ${each.detail}`);
        throw new TributaryError(`${violated.length} data tests are violated: ${what.join('; ')}`);
      }
      return { results };
    } finally {
      await sql.close();
    }
  });
