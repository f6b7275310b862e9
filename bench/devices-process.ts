// Simulated vehicles in a process of their own. argv: endpoint, the ledger's file, devices, messages a second, seconds.
import { openLedger } from '../device-sim/ledger.ts';
import { runSimulation } from '../device-sim/run.ts';
import type { Tally } from '../device-sim/tally.ts';
import { vehicles } from '../fleets/vehicles.ts';

type Phase = { readonly seconds: number; readonly cpuMs: number };

export type DevicesReport = {
  readonly connected: number;
  /** until the last device was connected */
  readonly connecting: Phase;
  /** messages acknowledged from then on */
  readonly published: number;
  readonly publishing: Phase;
  /** connections that ended on their own */
  readonly lost: number;
  readonly rssBytes: number;
};

const [endpoint = '', ledgerPath = '', ...figures] = process.argv.slice(2);
const [devices = 0, rate = 0, seconds = 0] = figures.map(Number);
const ledger = openLedger(ledgerPath);

let began = Date.now();
let cpu = process.cpuUsage();
let connecting: Phase | undefined;
let before = 0;
let rssBytes = 0;
const stop = new AbortController();

const phase = (): Phase => {
  const { user, system } = process.cpuUsage(cpu);
  return { seconds: (Date.now() - began) / 1000, cpuMs: (user + system) / 1000 };
};

/** What follows the last connection is measured for itself. */
function watch(tally: Readonly<Tally>): void {
  if (connecting !== undefined || tally.devices < devices) return;
  connecting = phase();
  [began, cpu, before] = [Date.now(), process.cpuUsage(), tally.acknowledged];
  setTimeout(() => {
    rssBytes = process.memoryUsage.rss();
    stop.abort();
  }, seconds * 1000);
}

const summary = await runSimulation({
  fleets: [vehicles],
  endpoint,
  devices,
  rate,
  seed: 1,
  ledger,
  clock: Date.now,
  signal: stop.signal,
  onProgress: watch,
});
const publishing = phase();
ledger.close();
if (connecting === undefined) throw new Error(`only ${summary.devices} of ${devices} devices connected`);
const report: DevicesReport = {
  connected: summary.devices,
  connecting,
  published: summary.acknowledged - before,
  publishing,
  lost: summary.connectionsLost,
  rssBytes,
};
process.send!(report, () => process.disconnect());
