import { Command } from 'commander';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StageName } from '../../lib/stage-names.ts';
import type { Fleet } from '../../src/fleet/model.ts';
import { type DataTestResult, testData } from '../../src/models/test-data.ts';
import { lakeOfCatalog } from '../../src/models/lake-of-catalog.ts';
import { lakeOfFiles } from '../../src/models/lake-of-files.ts';
import { createDuckDbEngine } from '../../src/sql/duckdb.ts';
import { type AthenaChoice, athenaOption, deployedStage, openAthena, stageOption } from '../athena.ts';
import { chooseFleets, findFleet } from '../fleets.ts';
import { openExistingLake } from '../lake.ts';
import { addCommonOptions, type CommonOptions } from '../options.ts';
import { EXIT, formatTable, printResult } from '../output.ts';
import { untilInterrupted } from '../signals.ts';

type TestDataOptions = CommonOptions & AthenaChoice & { readonly fleet?: string };

export function testDataCommand(): Command {
  const command = new Command('test-data').description('the lake against the data tests of its fleets');
  return addCommonOptions(command)
    .option('--fleet <name>', 'the tests of one fleet only')
    .addOption(athenaOption())
    .addOption(stageOption())
    .action((options: TestDataOptions) =>
      untilInterrupted(async (signal) => {
        const stage = deployedStage(options);
        const { fleets } = await chooseFleets(options);
        const asked = options.fleet === undefined ? fleets : [findFleet(fleets, options.fleet)];
        const results = await (stage === undefined
          ? testHere(asked, fleets, options)
          : testDeployed(asked, stage, signal));
        printResult(options.json ?? false, results, describeResults(results));
        if (results.some(({ outcome }) => outcome === 'violated')) process.exitCode = EXIT.failed;
      }),
    );
}

async function testHere(asked: readonly Fleet[], known: readonly Fleet[], { dataDir }: CommonOptions) {
  const store = openExistingLake(dataDir);
  const engine = createDuckDbEngine({ stagingDirectory: join(tmpdir(), 'tributary-staging') });
  try {
    return await testData(asked, { lake: lakeOfFiles(store, known, engine), clock: Date.now });
  } finally {
    await engine.close();
  }
}

async function testDeployed(asked: readonly Fleet[], stage: StageName, signal: AbortSignal) {
  const engine = await openAthena(stage);
  try {
    return await testData(asked, { lake: lakeOfCatalog(engine, signal), clock: Date.now });
  } finally {
    await engine.close();
  }
}

function describeResults(results: readonly DataTestResult[]): string[] {
  if (results.length === 0) return ['no fleet has data tests'];
  const rows = results.map(({ fleet, source, test, outcome, detail }) => [
    outcome,
    `${fleet}.${source}`,
    test,
    detail ?? '',
  ]);
  return [...formatTable(['outcome', 'source', 'test', 'found'], rows), summarizeTests(results)];
}

/** `12 data tests hold, 1 is violated, 3 wait for their tables`. */
export function summarizeTests(results: readonly DataTestResult[]): string {
  const count = (outcome: DataTestResult['outcome']) =>
    results.filter((each) => each.outcome === outcome).length;
  const skipped = count('skipped');
  return (
    `data tests: ${count('holds')} hold, ${count('violated')} violated` +
    (skipped === 0 ? '' : `, ${skipped} wait for their tables`)
  );
}
