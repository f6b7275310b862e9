import { mkdir, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { App } from 'aws-cdk-lib';
import { createCloud } from '../lib/cloud.ts';
import { describeLeftOut, readSettings } from '../lib/context.ts';
import { combineFleets } from '../lib/fleets-module.ts';
import { findFleetModules, loadFleets } from '../local/load-fleets.ts';
import { UsageError } from '../src/errors.ts';
import { currentView } from '../src/fleet/index.ts';

/** The CDK app: `npx cdk synth -c stage=dev`, with `-c fleets=PATH` for other fleets than the shipped ones. */
try {
  const app = new App();
  const { stage, fleets: path, architecture, ...settings } = readSettings(app.node);
  const fleets = await loadFleets(path);
  const fleetsModule = path === undefined ? undefined : await writeFleetsModule(path, app.outdir);
  createCloud(app, {
    stage,
    fleets,
    currentView,
    build: { fleetsModule, architecture },
    ...settings,
  });
  for (const what of describeLeftOut(settings)) console.error(`tributary: ${what}`);
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`tributary: ${error.message}`);
  // at once: the app would synthesise what it has so far when the process runs out of work
  process.exit(2);
}

/** Writes the module that the functions are bundled with, and says where. The fleets have been loaded and are good. */
async function writeFleetsModule(path: string, folder: string): Promise<string> {
  const files = await findFleetModules(path);
  const sources = files.map(async (file) => {
    const exported = (await import(pathToFileURL(file).href)) as Readonly<Record<string, unknown>>;
    return { file, exports: Object.keys(exported) };
  });
  const target = resolve(folder, 'fleets.ts');
  await mkdir(folder, { recursive: true });
  await writeFile(target, combineFleets(await Promise.all(sources)));
  return target;
}
