import { Command } from 'commander';
import { join } from 'node:path';
import { openLedger } from '../../device-sim/ledger.ts';
import { runSimulation } from '../../device-sim/run.ts';
import { ensureDataDir } from '../../local/data-dir.ts';
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
} from '../options.ts';
import { printResult } from '../output.ts';
import { abortOnSignals } from '../signals.ts';
import { describeFaults } from '../start-report.ts';
import { type SimulationOptions, simulationSettings } from '../simulation-settings.ts';

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
    .option('--seed <n>', 'repeats the signals of an earlier run', parseSeed);
}

export function simulateCommand(): Command {
  const command = new Command('simulate').description('a fleet’s devices against any MQTT broker');
  return addSimulationOptions(addCommonOptions(command))
    .requiredOption('--endpoint <url>', 'the broker, as in mqtt://127.0.0.1:1883')
    .action(async (options: CommonOptions & SimulationOptions & { readonly endpoint: string }) => {
      const chosen = await chooseFleets(options, 'shipped');
      const fleets = options.fleet === undefined ? chosen.own : [findFleet(chosen.fleets, options.fleet)];
      await ensureDataDir(options.dataDir);
      const ledgerPath = join(options.dataDir, 'ledger.db');
      const settings = simulationSettings(options, {
        fleets,
        fleetSources: chosen.sources,
        endpoint: options.endpoint,
        ledgerPath,
      });
      const ledger = openLedger(ledgerPath);
      const interrupt = abortOnSignals();
      try {
        const summary = await runSimulation({
          ...settings,
          fleets,
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
        ledger.close();
      }
    });
}
