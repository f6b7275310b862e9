import { Command } from 'commander';
import { openLedger } from '../../device-sim/ledger.ts';
import { startRuntime, type Runtime } from '../../local/runtime.ts';
import { type Verification, verifyLake } from '../../local/verify.ts';
import type { Fleet } from '../../src/fleet/model.ts';
import { chooseFleets, findFleet, rememberFleets } from '../fleets.ts';
import { addCommonOptions, type CommonOptions, parsePort } from '../options.ts';
import { EXIT, formatTable, printResult } from '../output.ts';
import { startProgressLine } from '../progress-line.ts';
import { abortOnSignals } from '../signals.ts';
import { type SimulationHandle, startSimulation } from '../simulation.ts';
import { addSimulationOptions, type SimulationOptions } from './simulate.ts';

type StartOptions = CommonOptions & SimulationOptions & { readonly mqttPort: number };

export function startCommand(): Command {
  const command = new Command('start').description(
    'everything, live: broker, stream, functions and simulated devices',
  );
  return addSimulationOptions(addCommonOptions(command))
    .option('--mqtt-port <port>', 'where the broker listens on 127.0.0.1; 0: any free port', parsePort, 1883)
    .action(start);
}

async function start(options: StartOptions): Promise<void> {
  const { fleets, path } = await chooseFleets(options);
  const simulated = options.fleet === undefined ? fleets : [findFleet(fleets, options.fleet)];
  const bounded = options.for !== undefined || options.replay !== undefined;
  const began = performance.now();
  const runtime = await startRuntime({
    dataDir: options.dataDir,
    fleets,
    fleetsPath: path,
    mqttPort: options.mqttPort,
  });
  const interrupt = abortOnSignals();
  let simulation: SimulationHandle | undefined;
  try {
    await rememberFleets(options.dataDir, path);
    if (!options.json) process.stdout.write(`${describeStart(runtime, fleets, options)}\n`);
    simulation = startSimulation({
      options,
      fleets: simulated,
      path,
      endpoint: runtime.endpoint,
      signal: interrupt.signal,
    });
    const progress = startProgressLine(() => ({ ...runtime.status(), simulation: simulation?.progress() }));
    try {
      await simulation.done;
      if (!bounded && !interrupt.signal.aborted) await untilAborted(interrupt.signal);
      await runtime.drain();
      await runtime.runSchedule();
    } finally {
      progress.stop();
    }
    const summary = await simulation.done;
    const verification = bounded ? await verify(runtime, fleets, options) : undefined;
    printSummary(options, runtime, summary, verification, (performance.now() - began) / 1000);
    if (verification !== undefined && verification.lost + verification.doubled > 0)
      process.exitCode = EXIT.failed;
  } finally {
    interrupt.dispose();
    simulation?.stop();
    await runtime.stop();
  }
}
