/**
 * `npm run conformance [-- PART OF A NAME]`: other people's engines judge what we make. It sets itself up (Python 3, Maven
 * and Java 17 and 24 or newer are what has to be there) and ends with one line, `N passed, N failed, N skipped`.
 *
 * To add a check, write a module in `checks/` that exports a `Check`, and put it into `CHECKS`:
 *
 *     export const weatherRun: Check = {
 *       name: 'every table of a run of weather is sound',
 *       needs: ['pyarrow', 'shared'],
 *       async run() {
 *         …run the product on a data dir of its own, then for each table:
 *         await judgeTable(join(dataDir, 'lake', 'weather', 'observations'), { unique: ORIGIN_KEY });
 *       },
 *     };
 *
 * A check passes if `run` resolves, and fails with whatever it rejects with. Where a need is not met it is skipped, which is
 * said with the reason; under `CI=true` an engine that is missing is a failure. A new engine goes into `Need` and `engines.ts`,
 * and into `requirements.txt` if it is Python's; one that is slow to start into `running.ts`.
 */
import type { Check, Missing } from './check.ts';
import { connectLines } from './checks/connect-lines.ts';
import { cloudTemplates } from './checks/cloud-templates.ts';
import { dashboardRequests } from './checks/dashboard-requests.ts';
import { deltaRs } from './checks/delta-rs.ts';
import { enginesRead } from './checks/engines-read.ts';
import { enginesWrite } from './checks/engines-write.ts';
import { deployedCloud } from './checks/deployed-cloud.ts';
import { functionAssets } from './checks/function-assets.ts';
import { goldenTables } from './checks/golden-tables.ts';
import { kafkaTopic } from './checks/kafka-topic.ts';
import { judgeItself } from './checks/judge-itself.ts';
import { motoAthena } from './checks/moto-athena.ts';
import { mosquittoDevices } from './checks/mosquitto-devices.ts';
import { replayTables } from './checks/replay-tables.ts';
import { packedLibrary } from './checks/packed-library.ts';
import { realFiles, shippedFleets } from './checks/whole-runs.ts';
import { rollupTables } from './checks/rollup-tables.ts';
import { s3Contract } from './checks/s3-contract.ts';
import { s3Race } from './checks/s3-race.ts';
import { plantedBugs, simulatedWriters } from './checks/simulated-writers.ts';
import { writtenTables } from './checks/written-tables.ts';
import { trinoCatalog } from './checks/trino-catalog.ts';
import { trinoModels } from './checks/trino-models.ts';
import { trinoTiles } from './checks/trino-tiles.ts';
import { setUpEngines } from './engines.ts';
import { stopEngines } from './running.ts';

const CHECKS: readonly Check[] = [
  ...s3Contract,
  ...s3Race,
  judgeItself,
  goldenTables,
  writtenTables,
  deltaRs,
  ...enginesRead,
  enginesWrite,
  rollupTables,
  trinoModels,
  trinoCatalog,
  motoAthena,
  trinoTiles,
  ...connectLines,
  replayTables,
  ...mosquittoDevices,
  kafkaTopic,
  ...realFiles,
  shippedFleets,
  cloudTemplates,
  dashboardRequests,
  ...functionAssets,
  deployedCloud,
  packedLibrary,
  plantedBugs,
  simulatedWriters,
];

type Outcome = 'passed' | 'failed' | 'skipped';

const [part = ''] = process.argv.slice(2);
const chosen = CHECKS.filter((check) => check.name.includes(part));
if (chosen.length === 0) console.error(`no check has "${part}" in its name`);

const missing = await setUpEngines(new Set(chosen.flatMap(({ needs }) => needs)));
for (const [need, why] of missing) console.log(`MISSING ${need}: ${why}`);

const counts: Record<Outcome, number> = { passed: 0, failed: 0, skipped: 0 };
for (const check of chosen) counts[await runCheck(check, missing)]++;
await stopEngines();
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
process.exitCode = counts.failed === 0 && chosen.length > 0 ? 0 : 1;

async function runCheck({ name, needs, run }: Check, lacking: Missing): Promise<Outcome> {
  const absent = needs.filter((need) => lacking.has(need));
  if (absent.length > 0) {
    // the shared material is no engine: who has only the repo cannot have it
    const tolerated = process.env['CI'] !== 'true' || absent.every((need) => need === 'shared');
    console.log(`${tolerated ? 'SKIPPED' : 'FAILED'} ${name}: no ${absent.join(', ')}`);
    return tolerated ? 'skipped' : 'failed';
  }
  const began = performance.now();
  try {
    await run();
    console.log(`passed ${name} (${((performance.now() - began) / 1_000).toFixed(1)} s)`);
    return 'passed';
  } catch (error) {
    console.log(`FAILED ${name}: ${error instanceof Error ? error.message : String(error)}`);
    return 'failed';
  }
}
