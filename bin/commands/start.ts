import { Command } from 'commander';
import { join } from 'node:path';
import { assertDrivable } from '../../device-sim/drivers.ts';
import { assertReplayable } from '../../device-sim/replay.ts';
import { dataDirPaths } from '../../local/data-dir.ts';
import { assertPortFree, HOST } from '../../local/listen.ts';
import { openLogFile } from '../../local/log-file.ts';
import { type Runtime, startRuntime } from '../../local/runtime.ts';
import { isFaultless } from '../../local/verify.ts';
import { type PageServer, startPageServer } from '../../local/web/page-server.ts';
import type { Fleet } from '../../src/fleet/model.ts';
import { type ChosenFleets, chooseFleets, findFleet, rememberFleets } from '../fleets.ts';
import { openExistingLake } from '../lake.ts';
import { addCommonOptions, type CommonOptions, parsePort } from '../options.ts';
import { EXIT } from '../output.ts';
import { startProgressLine } from '../progress-line.ts';
import { abortOnSignals } from '../signals.ts';
import { type SimulationHandle, startSimulation } from '../simulation.ts';
import { type SimulationOptions, simulationSettings } from '../simulation-settings.ts';
import { describeProgress, describeStart, printSummary, summarize } from '../start-report.ts';
import { verifyDataDir } from '../verify-data-dir.ts';
import { addSimulationOptions } from './simulate.ts';

type StartOptions = CommonOptions &
  SimulationOptions & { readonly mqttPort?: number; readonly port?: number; readonly mtls?: true };

const MQTT_PORT = { plain: 1883, tls: 8883 };

export function startCommand(): Command {
  const command = new Command('start').description(
    'everything, live: broker, stream, functions, simulated devices',
  );
  return addSimulationOptions(addCommonOptions(command))
    .option(
      '--mqtt-port <port>',
      'where the broker listens on 127.0.0.1, 1883 or 8883 with --mtls; 0: any free port',
      parsePort,
    )
    .option('--mtls', 'devices prove by certificates who they are, and may publish for themselves only')
    .option(
      '--port <port>',
      'where the page and its API listen on 127.0.0.1; 0: any free port (default: 8080 or the next free one; none with --for, --replay or --json)',
      parsePort,
    )
    .action(start);
}

async function start(options: StartOptions): Promise<void> {
  const began = performance.now();
  const { fleets, own, sources } = await chooseFleets(options, 'shipped');
  const simulated = options.fleet === undefined ? own : [findFleet(fleets, options.fleet)];
  const { dataDir, mtls = false, replay } = options;
  const mqttPort = options.mqttPort ?? (mtls ? MQTT_PORT.tls : MQTT_PORT.plain);
  if (replay !== undefined) {
    await assertReplayable(simulated, { file: replay, table: options.table, nullText: options.null });
  }
  // its own broker is where the devices will publish
  assertDrivable(options.driver ?? 'mqttjs', `mqtt://${HOST}`, options.faults ?? {});
  if (options.port !== undefined) await assertPortFree({ port: options.port, flag: '--port' });
  const runtime = await startRuntime({ dataDir, fleets, fleetSources: sources, mqttPort, mtls });
  const interrupt = abortOnSignals();
  let page: PageServer | undefined;
  try {
    await rememberFleets(dataDir, sources);
    const simulation = startDevices(options, simulated, { fleets, sources }, runtime);
    page = await startPage(options, sources, runtime, simulation);
    if (!options.json) {
      process.stdout.write(`${describeStart(runtime, fleets, { dataDir, pageUrl: page?.url })}\n`);
    }
    try {
      await live(runtime, simulation, options, interrupt.signal);
    } finally {
      await simulation?.close();
    }
    await runtime.settle();
    const verification = isBounded(options) ? await verifyDataDir(dataDir, fleets) : undefined;
    const summary = await summarize(
      { runtime, lake: openExistingLake(dataDir), fleets },
      { verification, simulation: await simulation?.done, seconds: (performance.now() - began) / 1000 },
    );
    printSummary(options.json ?? false, summary, verification);
    if (verification !== undefined && !isFaultless(verification)) process.exitCode = EXIT.failed;
  } finally {
    interrupt.dispose();
    await page?.close();
    await runtime.stop();
  }
}

/** Ports of the page that nobody asked for: the first that is free. */
const PAGE_PORTS = Array.from({ length: 20 }, (_, i) => 8080 + i);

/** The page, where somebody may look at it: a run that comes to its own end, or that a program reads, has to ask for it. */
async function startPage(
  options: StartOptions,
  fleetSources: readonly string[],
  runtime: Runtime,
  simulation: SimulationHandle | undefined,
): Promise<PageServer | undefined> {
  if (options.port === undefined && (isBounded(options) || options.json)) return undefined;
  const { lake, stream, logs } = dataDirPaths(options.dataDir);
  const log = openLogFile(join(logs, 'page.log'));
  const page = await startPageServer({
    settings: { lake, stream, fleetSources, ports: options.port === undefined ? PAGE_PORTS : [options.port] },
    status: runtime.status,
    simulation: () => simulation?.progress() ?? null,
    log: log.write,
  });
  return {
    ...page,
    async close() {
      await page.close();
      log.close();
    },
  };
}

function isBounded(options: StartOptions): boolean {
  return options.for !== undefined || options.replay !== undefined;
}

/** Until the devices have ended, or for ever; Ctrl-C ends it early. */
async function live(
  runtime: Runtime,
  simulation: SimulationHandle | undefined,
  options: StartOptions,
  interrupted: AbortSignal,
): Promise<void> {
  const progress = startProgressLine(() => describeProgress(runtime.status(), simulation?.progress()));
  interrupted.addEventListener('abort', () => simulation?.stop(), { once: true });
  try {
    await simulation?.done;
    if (!isBounded(options) && !interrupted.aborted) {
      await new Promise((resolve) => interrupted.addEventListener('abort', resolve, { once: true }));
    }
  } finally {
    progress.stop();
  }
}

/** Devices of fleets that say how theirs behave, or of a file; none where the only devices are the user's own. */
function startDevices(
  options: StartOptions,
  fleets: readonly Fleet[],
  all: Pick<ChosenFleets, 'fleets' | 'sources'>,
  runtime: Runtime,
): SimulationHandle | undefined {
  const behaving =
    options.replay === undefined ? fleets.filter(({ simulation }) => simulation !== undefined) : fleets;
  if (behaving.length === 0) return undefined;
  return startSimulation(
    simulationSettings(options, {
      fleets: behaving,
      allFleets: all.fleets,
      fleetSources: all.sources,
      endpoint: runtime.endpoint,
      ledgerPath: dataDirPaths(options.dataDir).ledger,
      credentials:
        options.mtls === true
          ? { kind: 'local', folder: dataDirPaths(options.dataDir).certificates }
          : undefined,
    }),
  );
}
