import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { assertDrivable } from '../../device-sim/drivers.ts';
import { openLedger } from '../../device-sim/ledger.ts';
import { STAGE_NAMES, type StageName } from '../../lib/stage-names.ts';
import { TributaryError } from '../../src/errors.ts';
import type { Fleet } from '../../src/fleet/model.ts';
import { chooseFleets, findFleet } from '../fleets.ts';
import { addCommonOptions, type CommonOptions, parseCount, parseDuration } from '../options.ts';
import { EXIT, formatTable, printResult } from '../output.ts';
import { runSmoke, type SmokeOutcome } from '../smoke/run-smoke.ts';
import type { SmokePlace } from '../smoke/smoke-place.ts';
import { abortOnSignals } from '../signals.ts';
import { drawSeed } from '../simulation-settings.ts';

type SmokeOptions = CommonOptions & {
  readonly stage?: StageName;
  readonly fleet: string;
  readonly messages: number;
  readonly timeout: number;
  readonly endpoint: string;
};

export function smokeCommand(): Command {
  const command = new Command('smoke').description(
    'a device comes, publishes, is found by SQL, and goes: whether all of it works, and how long each part takes',
  );
  return addCommonOptions(command)
    .addOption(
      new Option('--stage <name>', 'in AWS, this stage, instead of what runs here').choices(STAGE_NAMES),
    )
    .option('--fleet <name>', 'whose device it is', 'weather')
    .option('--messages <n>', 'how many it publishes', parseCount, 20)
    .option('--timeout <time>', 'how long rows may take until SQL shows them', parseDuration, 10 * 60_000)
    .option('--endpoint <url>', 'the broker of npm start -- --mtls', 'mqtts://127.0.0.1:8883')
    .action(smoke);
}

async function smoke(options: SmokeOptions): Promise<void> {
  const { fleets } = await chooseFleets(options, 'shipped');
  const fleet = findFleet(fleets, options.fleet);
  assertDrivable('mqttjs', options.endpoint, {});
  const place = await openPlace(options, fleet, fleets);
  const folder = await mkdtemp(join(tmpdir(), 'tributary-smoke-'));
  const ledger = openLedger(join(folder, 'ledger.db'));
  const interrupt = abortOnSignals();
  const seed = drawSeed();
  try {
    const outcome = await runSmoke(
      {
        fleet,
        fleets,
        thing: `smoke-${Date.now().toString(36)}`,
        count: options.messages,
        seed,
        timeoutMs: options.timeout,
        ledger,
        signal: interrupt.signal,
        // the answer is what comes at the end
        say: (what) => process.stderr.write(`${what}\n`),
      },
      place,
    );
    printResult(options.json ?? false, { ...outcome, seed }, describeOutcome(outcome));
    if (outcome.lost + outcome.doubled > 0) process.exitCode = EXIT.failed;
  } catch (error) {
    if (interrupt.signal.aborted) {
      process.stderr.write('tributary: stopped; what it published may still become rows\n');
      process.exitCode = EXIT.interrupted;
    } else if (error instanceof TributaryError && error.retriable) {
      // a broker that is not there, a service that is away: the line says it, and nobody needs our stack
      process.stderr.write(`tributary: ${error.message}\n`);
      process.exitCode = EXIT.failed;
    } else throw error;
  } finally {
    interrupt.dispose();
    ledger.close();
    await rm(folder, { recursive: true, force: true });
    await place.close();
  }
}

async function openPlace(
  { stage, dataDir, endpoint }: SmokeOptions,
  fleet: Fleet,
  fleets: readonly Fleet[],
): Promise<SmokePlace> {
  // each loads what it needs: AWS's SDK, or DuckDB
  if (stage !== undefined) return (await import('../smoke/aws-place.ts')).openAwsPlace(stage, fleet, fleets);
  return (await import('../smoke/local-place.ts')).openLocalPlace(dataDir, endpoint, fleets);
}

function describeOutcome(outcome: SmokeOutcome): string[] {
  const { thing, messages, attempts, acknowledged, tables, quarantined, lost, doubled, hops } = outcome;
  const times = hops.map(({ name, rows, ...taken }) => [
    name,
    String(rows),
    ...[taken.least, taken.median, taken.most].map((milliseconds) => (milliseconds / 1000).toFixed(2)),
  ]);
  const where = tables.map(({ table }) => table).join(', ');
  return [
    `${thing} published ${messages} messages in ${attempts} attempts, ${acknowledged} acknowledged`,
    ...tables.map(({ table, expected, rows }) => `${table}: ${rows} rows, ${expected} expected`),
    `lost ${lost}, doubled ${doubled}, ${quarantined} in the quarantine`,
    ...formatTable(['seconds', 'rows', 'least', 'median', 'most'], times),
    `its rows stay in ${where}: their _topic names ${thing}`,
  ];
}
