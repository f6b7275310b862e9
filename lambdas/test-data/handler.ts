import middy from '@middy/core';
// the lake's files on a laptop; a deployed function has Athena in its place
import { openTestedLake } from '#tested-lake';
import { TributaryError } from '../../src/errors.ts';
import { selectFleets } from '../../src/fleet/index.ts';
import { type DataTestResult, testData } from '../../src/models/test-data.ts';
import { configuredFleets } from '../shared/environment.ts';
import { createTelemetry } from '../shared/telemetry.ts';

/** Whose tests to run: all, or a fleet's. `strict`: 'yes' where a violated test is to fail the invocation. */
export type TestDataEvent = { readonly fleet?: string; readonly strict?: string };
export type TestDataAnswer = { readonly results: readonly DataTestResult[] };

const { logger, count, middlewares } = createTelemetry('test-data');
const fleets = configuredFleets();

/** Holds the lake against what the fleets say has to be true of their rows. */
export const handler = middy<TestDataEvent, TestDataAnswer>()
  .use(middlewares)
  .handler(async (event) => {
    const { lake, close } = openTestedLake(fleets);
    try {
      const results = await testData(selectFleets(fleets, event.fleet), { lake, clock: Date.now });
      const violated = results.filter(({ outcome }) => outcome === 'violated');
      count('violatedTests', violated.length);
      logger[violated.length === 0 ? 'info' : 'warn']('data tests ran', { results });
      if (event.strict === 'yes' && violated.length > 0) {
        const what = violated.map((each) => `${each.fleet}.${each.source} ${each.test}: ${each.detail}`);
        throw new TributaryError(`${violated.length} data tests are violated: ${what.join('; ')}`);
      }
      return { results };
    } finally {
      await close();
    }
  });
