import { Worker } from 'node:worker_threads';
import type { SimulationSummary } from '../device-sim/run.ts';
import type { Tally } from '../device-sim/tally.ts';
import { UsageError } from '../src/errors.ts';
import type { SimulationSettings } from './simulation-settings.ts';

/** A simulation that runs beside everything else. */
export type SimulationHandle = {
  /** the newest figures, undefined before the first */
  progress(): Readonly<Tally> | undefined;
  /** resolves when the devices have ended, by themselves or after `stop` */
  readonly done: Promise<SimulationSummary>;
  /** asks the devices to come to an end: what is under way is waited for */
  stop(): void;
  close(): Promise<void>;
};

/** What the worker tells: see `simulation-worker.ts`. */
export type SimulationMessage =
  | { readonly kind: 'progress'; readonly tally: Readonly<Tally> }
  | { readonly kind: 'done'; readonly summary: SimulationSummary }
  | { readonly kind: 'refused'; readonly message: string };

/** Starts the devices in a thread of their own, so that they and the broker do not wait for each other. */
export function startSimulation(settings: SimulationSettings): SimulationHandle {
  const worker = new Worker(new URL('./simulation-worker.ts', import.meta.url), {
    workerData: settings,
    execArgv: ['--disable-warning=ExperimentalWarning'],
  });
  let tally: Readonly<Tally> | undefined;
  const done = new Promise<SimulationSummary>((resolve, reject) => {
    worker.on('message', (message: SimulationMessage) => {
      if (message.kind === 'progress') tally = message.tally;
      else if (message.kind === 'done') resolve(message.summary);
      else reject(new UsageError(message.message));
    });
    worker.once('error', reject);
    worker.once('exit', (code) => reject(new Error(`the simulation's thread ended with ${code}`)));
  });
  // whoever awaits it hears of the failure; until then it must not end the process
  done.catch(() => undefined);
  return {
    progress: () => tally,
    done,
    stop: () => worker.postMessage('stop'),
    close: async () => void (await worker.terminate()),
  };
}
