import { parentPort, workerData } from 'node:worker_threads';
import { openLedger } from '../device-sim/ledger.ts';
import { runSimulation } from '../device-sim/run.ts';
import { loadFleetSources } from '../local/load-fleets.ts';
import { UsageError } from '../src/errors.ts';
import { type OpenCredentials, openCredentials } from './credentials.ts';
import type { SimulationMessage } from './simulation.ts';
import type { SimulationSettings } from './simulation-settings.ts';

const port = parentPort!;
const settings = workerData as SimulationSettings;
const tell = (message: SimulationMessage) => port.postMessage(message);

const stop = new AbortController();
port.once('message', () => stop.abort());

const fleets = (await loadFleetSources(settings.fleetSources)).filter(({ name }) =>
  settings.fleetNames.includes(name),
);
const ledger = openLedger(settings.ledgerPath);
let credentials: OpenCredentials | undefined;
try {
  if (settings.credentials !== undefined) credentials = await openCredentials(settings.credentials);
  const summary = await runSimulation({
    ...settings,
    fleets,
    credentialsOf: credentials?.credentialsOf,
    ledger,
    clock: Date.now,
    signal: stop.signal,
    onProgress: (tally) => tell({ kind: 'progress', tally: { ...tally } }),
  });
  tell({ kind: 'done', summary });
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  // classes do not cross threads
  tell({ kind: 'refused', message: error.message });
} finally {
  credentials?.close();
  ledger.close();
  port.close();
}
