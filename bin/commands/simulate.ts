import { Command, Option } from 'commander';
import { join, resolve } from 'node:path';
import { assertDrivable, DRIVERS } from '../../device-sim/drivers.ts';
import { openLedger } from '../../device-sim/ledger.ts';
import { runSimulation } from '../../device-sim/run.ts';
import { writeFleetFile } from '../../device-sim/write-file.ts';
import { ensureDataDir } from '../../local/data-dir.ts';
import { UsageError } from '../../src/errors.ts';
import { type CredentialSettings, openCredentials } from '../credentials.ts';
import { chooseFleets, findFleet } from '../fleets.ts';
import {
  addCommonOptions,
  collect,
  type CommonOptions,
  parseCount,
  parseDuration,
  parseFaultRates,
  parseRate,
  parseSeed,
  parseTime,
} from '../options.ts';
import { printResult } from '../output.ts';
import { startProgressLine } from '../progress-line.ts';
import { abortOnSignals } from '../signals.ts';
import { describeFaults } from '../start-report.ts';
import { drawSeed, type SimulationOptions, simulationSettings } from '../simulation-settings.ts';

export function addSimulationOptions(command: Command): Command {
  return command
    .option('--fleet <name>', 'only the devices of this fleet')
    .option('--devices <n>', 'how many devices, each its own connection', parseCount)
    .option('--rate <n>', 'messages per second, all devices of a fleet together', parseRate)
    .option('--interval <time>', 'between two messages of a device, as in 500ms or 1m', parseDuration)
    .option('--for <time>', 'stop after this time, as in 30s', parseDuration)
    .option(
      '--replay <file>',
      'publish the rows of a CSV or NDJSON file (gz too) instead of simulated signals',
    )
    .option('--table <name>', 'the table whose messages the replayed rows are')
    .option('--null <text>', 'text in a replayed file that means null; may be given several times', collect)
    .option('--batch <n>', 'readings a message, where the table takes several', parseCount)
    .option(
      '--faults <list>',
      'what goes wrong on purpose: all, or doubled, late, skew, disorder, poison, disconnects, each with =SHARE or not',
      parseFaultRates,
    )
    .option(
      '--basic-ingest',
      'publish to $aws/rules/RULE/…, which IoT Core hands to the rule without a message’s charge',
    )
    .addOption(
      new Option('--driver <name>', 'MQTT.js, or AWS’s device SDK in MQTT 3.1.1 or 5').choices(DRIVERS),
    )
    .option('--seed <n>', 'repeats the signals of an earlier run', parseSeed);
}

type SimulateOptions = CommonOptions &
  SimulationOptions & {
    readonly endpoint?: string;
    readonly cert?: string;
    readonly key?: string;
    readonly ca?: string;
    readonly thing?: string;
    readonly certificates?: string;
    readonly to?: string;
    readonly rows?: number;
    readonly since?: number;
  };

export function simulateCommand(): Command {
  const command = new Command('simulate').description(
    'a fleet’s devices against any MQTT broker, or into a file',
  );
  return addSimulationOptions(addCommonOptions(command))
    .option('--endpoint <url>', 'the broker, as in mqtt://127.0.0.1:1883')
    .option('--cert <file>', 'the device’s certificate (PEM), for mqtts://; with --key')
    .option('--key <file>', 'its private key (PEM)')
    .option('--ca <file>', 'what the broker is trusted by (PEM); the system’s roots by default')
    .option('--thing <name>', 'whose certificate it is: the name of the only device')
    .option('--certificates <folder>', 'a folder for each device by its name, as npm run device makes them')
    .option('--to <file>', 'writes the readings to a CSV or NDJSON file (gz too), for backfill and --replay')
    .option('--rows <n>', 'how many readings the file gets', parseCount)
    .option(
      '--since <time>',
      'when the readings of the file begin; so that they end now by default',
      parseTime,
    )
    .action(async (options: SimulateOptions) => {
      const { endpoint, to } = options;
      if ((endpoint === undefined) === (to === undefined))
        throw new UsageError('pass --endpoint with a broker, or --to with a file');
      if (to === undefined) await publish(options, endpoint!);
      else await writeFile(options, to);
    });
}

async function publish(options: SimulateOptions, endpoint: string): Promise<void> {
  const chosen = await chooseFleets(options, 'shipped');
  const fleets = options.fleet === undefined ? chosen.own : [findFleet(chosen.fleets, options.fleet)];
  const credentials = chooseCredentials(options);
  assertDrivable(options.driver ?? 'mqttjs', endpoint, options.faults ?? {});
  await ensureDataDir(options.dataDir);
  const ledgerPath = join(options.dataDir, 'ledger.db');
  const settings = simulationSettings(
    // a certificate is one device's
    credentials?.kind === 'files' ? { ...options, devices: 1 } : options,
    {
      fleets,
      allFleets: chosen.fleets,
      fleetSources: chosen.sources,
      endpoint,
      ledgerPath,
      credentials,
      thing: options.thing,
    },
  );
  const opened = credentials === undefined ? undefined : await openCredentials(credentials);
  const ledger = openLedger(ledgerPath);
  const interrupt = abortOnSignals();
  try {
    const summary = await runSimulation({
      ...settings,
      fleets,
      credentialsOf: opened?.credentialsOf,
      ledger,
      clock: Date.now,
      signal: interrupt.signal,
    });
    printResult(options.json ?? false, summary, [
      `${summary.devices} devices published ${summary.messages} messages: ${summary.attempts} attempts, ` +
        `${summary.acknowledged} acknowledged in ${summary.seconds.toFixed(1)} s (seed ${settings.seed})`,
      ...describeFaults(summary.faults),
    ]);
  } finally {
    interrupt.dispose();
    opened?.close();
    ledger.close();
  }
}

/** @throws UsageError where what was given does not go together */
function chooseCredentials(options: SimulateOptions): CredentialSettings | undefined {
  const { cert, key, ca, thing, certificates, devices = 1, fleet } = options;
  if (certificates !== undefined) {
    if (cert !== undefined || key !== undefined || thing !== undefined)
      throw new UsageError('pass --certificates for many devices, or --cert, --key and --thing for one');
    return { kind: 'folders', folder: resolve(certificates) };
  }
  if ([cert, key, ca, thing].every((given) => given === undefined)) return undefined;
  if (cert === undefined || key === undefined || thing === undefined || fleet === undefined)
    throw new UsageError(
      'a device is a thing with a certificate: pass --fleet, --thing, --cert and --key together',
    );
  if (devices > 1)
    throw new UsageError(
      `${thing} is one device, not ${devices}: pass --certificates with a folder for each`,
    );
  return { kind: 'files', certificate: resolve(cert), key: resolve(key), authority: ca && resolve(ca) };
}

async function writeFile(options: SimulateOptions, file: string): Promise<void> {
  const { rows, devices, since, table } = options;
  if (rows === undefined) throw new UsageError('say with --rows how many readings the file gets');
  const { own } = await chooseFleets(options, 'shipped');
  const fleet =
    own.length === 1 && options.fleet === undefined ? own[0]! : findFleet(own, options.fleet ?? '');
  const seed = options.seed ?? drawSeed();
  let written = 0;
  const progress = startProgressLine(() => `${written.toLocaleString('en')} rows written`);
  const began = performance.now();
  try {
    const request = { fleet, table, file: resolve(file), rows, devices, since, seed, clock: Date.now };
    const summary = await writeFleetFile({ ...request, onProgress: (now) => (written = now) });
    const seconds = (performance.now() - began) / 1000;
    progress.stop();
    printResult(options.json ?? false, { file, ...summary, seed, seconds }, [
      `${rows.toLocaleString('en')} rows of ${fleet.name} in ${file}: ${(summary.bytes / 1e6).toFixed(1)} MB ` +
        `in ${seconds.toFixed(1)} s (seed ${seed})`,
    ]);
  } finally {
    progress.stop();
  }
}
