import type { Clock } from '../src/clock.ts';
import { UsageError } from '../src/errors.ts';
import { fillTopic } from '../src/fleet/index.ts';
import type { Fleet, SimulatedDevice, SimulatedMessage, Simulation } from '../src/fleet/model.ts';
import type { DeviceMessage } from './device.ts';
import type { Publisher } from './publisher.ts';
import { createRandom } from './random.ts';
import { createTimeline, type Timeline } from './timeline.ts';

export type SignalsInput = {
  readonly fleets: readonly Fleet[];
  /** of each fleet; as the fleet says where undefined */
  readonly devices?: number | undefined;
  /** messages a second over each fleet; goes before `interval` */
  readonly rate?: number | undefined;
  /** between two messages of a device (milliseconds); as the fleet says where undefined */
  readonly interval?: number | undefined;
  readonly seed: number;
};

/** A device with more messages waiting than this is not asked for new ones: the broker sets the pace then. */
const BACKLOG = 64;

/** Lets every device of the fleets publish what it measures until `stop` aborts. Rejects where the run cannot go on. */
export async function simulateFleets(
  input: SignalsInput,
  stop: AbortSignal,
  deps: { readonly publisher: Publisher; readonly clock: Clock },
): Promise<void> {
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

function startFleet(
  fleet: Fleet,
  input: SignalsInput,
  timeline: Timeline,
  { publisher, clock }: { readonly publisher: Publisher; readonly clock: Clock },
): void {
  const simulation = simulationOf(fleet);
  const count = input.devices ?? simulation.devices;
  const interval =
    input.rate === undefined ? (input.interval ?? simulation.interval) : (count * 1000) / input.rate;
  const started = clock();
  for (let index = 0; index < count; index++) {
    const random = createRandom(input.seed, fleet.name, index);
    const device = simulation.device(index, random);
    publisher.connect(device.id);
    const tick = (due: number) => {
      const now = clock();
      const sent = publisher.backlog(device.id) < BACKLOG ? sendNext(fleet, device, now, publisher) : 0;
      // a device that sends several messages at a time waits so much longer: the rate counts messages
      const next = due + interval * Math.max(1, sent);
      // what was missed is not made up for
      const nextDue = next < now ? now + interval : next;
      timeline.schedule(nextDue, () => tick(nextDue));
    };
    // spread over the interval, so that a fleet does not speak with one voice
    const first = started + random() * interval;
    timeline.schedule(first, () => tick(first));
  }
}

function simulationOf(fleet: Fleet): Simulation {
  if (fleet.simulation !== undefined) return fleet.simulation;
  throw new UsageError(
    `fleet ${fleet.name} says nothing of how its devices behave: give it a simulation, or replay a file`,
  );
}

function sendNext(fleet: Fleet, device: SimulatedDevice, now: number, publisher: Publisher): number {
  const messages = device.next(now);
  for (const message of messages) publisher.send(device.id, toDeviceMessage(fleet, message));
  return messages.length;
}

function toDeviceMessage(fleet: Fleet, { table: name, levels, payload }: SimulatedMessage): DeviceMessage {
  const table = fleet.tables[name];
  if (table === undefined) {
    throw new UsageError(
      `the simulation of fleet ${fleet.name} sends to a table ${JSON.stringify(name)} that it has not`,
    );
  }
  const topic = fillTopic(table.segments, levels);
  if (topic === undefined) {
    throw new UsageError(
      `the simulation of fleet ${fleet.name} names not every level of ${table.topic}: ${JSON.stringify(levels)}`,
    );
  }
  return { topic, payload: payload instanceof Uint8Array ? payload : Buffer.from(JSON.stringify(payload)) };
}
