import { Command } from 'commander';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DataTestResult, testData } from '../../src/models/test-data.ts';
import { createDuckDbEngine } from '../../src/sql/duckdb.ts';
import { chooseFleets, findFleet } from '../fleets.ts';
import { openExistingLake } from '../lake.ts';
import { addCommonOptions, type CommonOptions } from '../options.ts';
import { EXIT, formatTable, printResult } from '../output.ts';

type TestDataOptions = CommonOptions & { readonly fleet?: string };

export function testDataCommand(): Command {
  const command = new Command('test-data').description('the lake against the data tests of its fleets');
  return addCommonOptions(command)
    .option('--fleet <name>', 'the tests of one fleet only')
    .action(async (options: TestDataOptions) => {
      const { fleets } = await chooseFleets(options);
      const asked = options.fleet === undefined ? fleets : [findFleet(fleets, options.fleet)];
      const lake = openExistingLake(options.dataDir);
      const sql = createDuckDbEngine({ stagingDirectory: join(tmpdir(), 'tributary-staging') });
      try {
        const results = await testData(asked, fleets, { lake, sql, clock: Date.now });
        printResult(options.json ?? false, results, describeResults(results));
        if (results.some(({ outcome }) => outcome === 'violated')) process.exitCode = EXIT.failed;
      } finally {
        await sql.close();
      }
    });
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
