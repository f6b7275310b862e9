import { App } from 'aws-cdk-lib';
import { createCloud } from '../lib/cloud.ts';
import { readSettings } from '../lib/context.ts';
import { loadFleets } from '../local/load-fleets.ts';
import { UsageError } from '../src/errors.ts';

/** The CDK app: `npx cdk synth -c stage=dev`, with `-c fleets=PATH` for other fleets than the shipped ones. */
try {
  const app = new App();
  const { stage, fleets } = readSettings(app.node);
  createCloud(app, { stage, fleets: await loadFleets(fleets) });
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`tributary: ${error.message}`);
  // at once: the app synthesises what it has when the process runs out of work
  process.exit(2);
}
