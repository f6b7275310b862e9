import type { Clock } from '../src/clock.ts';
import type { Fleet } from '../src/fleet/model.ts';
import type { FaultRates } from './faults.ts';
import type { Outbox } from './outbox.ts';
import type { Publisher } from './publisher.ts';
import { assertSimulated, createSimulatedDevice, type DeviceOrigin } from './simulated-device.ts';
import { createTimeline, type Timeline } from './timeline.ts';

export type SignalsInput = {
  readonly fleets: readonly Fleet[];
  /** of each fleet; as the fleet says where undefined */
  readonly devices?: number | undefined;
  /** messages a second over each fleet; goes before `interval` */
  readonly rate?: number | undefined;
  /** between two readings of a device (milliseconds); as the fleet says where undefined */
  readonly interval?: number | undefined;
  /** readings a message */
  readonly batch?: number | undefined;
  readonly faults?: FaultRates | undefined;
  /** the name of the only device, where it is not the simulation's to choose */
  readonly thing?: string | undefined;
  readonly seed: number;
};

type SignalsDeps = { readonly publisher: Publisher; readonly outbox: Outbox; readonly clock: Clock };

/** A device with more messages waiting than this is not asked for new ones: the broker sets the pace then. */
const BACKLOG = 64;

/** Lets every device of the fleets publish what it measures until `stop` aborts. Rejects where the run cannot go on. */
export async function simulateFleets(
  input: SignalsInput,
  stop: AbortSignal,
  deps: SignalsDeps,
): Promise<void> {
  for (const fleet of input.fleets) assertSimulated(fleet);
  const { promise: ended, resolve, reject } = Promise.withResolvers<void>();
  if (stop.aborted) resolve();
  stop.addEventListener('abort', () => resolve(), { once: true });
  deps.publisher.failed.catch(reject);
  const timeline = createTimeline(deps.clock, reject);
  try {
    for (const fleet of input.fleets) startFleet(fleet, input, timeline, deps);
    await ended;
  } finally {
    timeline.stop();
  }
}

function startFleet(fleet: Fleet, input: SignalsInput, timeline: Timeline, deps: SignalsDeps): void {
  const simulation = assertSimulated(fleet);
  const count = input.devices ?? simulation.devices;
  const { rate, batch = 1 } = input;
  const interval =
    rate === undefined ? (input.interval ?? simulation.interval) : (count * 1000) / (rate * batch);
  const started = deps.clock();
  for (let index = 0; index < count; index++) {
    const { faults = {}, seed, thing } = input;
    startDevice({ fleet, index, seed, started, faults, thing }, interval, timeline, deps);
  }
}

function startDevice(
  origin: DeviceOrigin,
  interval: number,
  timeline: Timeline,
  { publisher, outbox, clock }: SignalsDeps,
): void {
  const device = createSimulatedDevice(origin);
  publisher.connect(device);
  const tick = (due: number) => {
    const now = clock();
    const readings = publisher.backlog(device.id) < BACKLOG ? device.measure(now) : [];
    for (const { table, message, befallen } of readings) outbox.send(device.id, table, message, befallen);
    // a device that sends several messages at a time waits so much longer: the rate counts messages
    const next = Math.max(device.due, due + interval * Math.max(1, readings.length));
    // what was missed is not made up for
    const nextDue = next < now ? now + interval : next;
    timeline.schedule(nextDue, () => tick(nextDue));
  };
  // spread over the interval, so that a fleet does not speak with one voice
  const first = origin.started + device.phase * interval;
  timeline.schedule(first, () => tick(first));
}
