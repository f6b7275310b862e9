import type { Random } from '../src/clock.ts';
import { UsageError } from '../src/errors.ts';
import { fillTopic } from '../src/fleet/index.ts';
import type { Fleet, SimulatedMessage, Simulation, Table } from '../src/fleet/model.ts';
import { chance, uniform } from '../src/fleet/signals.ts';
import type { DeviceMessage } from './device.ts';
import { createDeviceTime } from './device-time.ts';
import type { FaultKind, FaultRates } from './faults.ts';
import { createRandom } from './random.ts';
import type { DeviceIdentity } from './transport.ts';

export type DeviceOrigin = {
  readonly fleet: Fleet;
  readonly index: number;
  readonly seed: number;
  /** when the run began, ms */
  readonly started: number;
  readonly faults: FaultRates;
  /** how the device is called, where that is not the simulation's to choose */
  readonly thing?: string | undefined;
};

/** A message, and what is wrong with it already: faults of the device's clock and memory. */
export type Measured = {
  readonly table: Table;
  readonly message: DeviceMessage;
  readonly befallen: readonly FaultKind[];
};

export type MeasuringDevice = DeviceIdentity & {
  /** in [0, 1): where in its interval the device begins */
  readonly phase: number;
  /** when it can have something to say again; 0: whenever it is asked */
  readonly due: number;
  measure(now: number): readonly Measured[];
};

const MINUTE = 60_000;
const LATE = { from: MINUTE, to: 3 * 24 * 60 * MINUTE };
const SKEW = { from: 2_000, to: 10 * MINUTE };

/**
 * A device of a fleet's simulation: all that it measures follows from seed, fleet, index and time; of what befalls it on
 * purpose, here are a clock that is off and readings that come late.
 */
export function createSimulatedDevice(origin: DeviceOrigin): MeasuringDevice {
  const { fleet, index, seed, started, faults, thing } = origin;
  const simulation = assertSimulated(fleet);
  const random = createRandom(seed, fleet.name, index);
  const device = simulation.device(index, random);
  const time = createDeviceTime(simulation, started);
  const fate = createRandom(seed, fleet.name, index, 'clock');
  // where devices say no time, arrival is the time: they cannot be late, nor off
  const saysTime = Object.values(fleet.tables).some(({ columns, eventTime }) =>
    columns.some(({ name }) => name === eventTime),
  );
  const skew = saysTime && isChosen(index, faults.skew ?? 0) ? drawSkew(fate) : 0;
  let twins = 0;

  /** What the device measured a while ago and sends only now, told by a twin that lived then. */
  function measureLate(at: number): readonly SimulatedMessage[] {
    const twin = simulation.device(index, createRandom(seed, fleet.name, index, 'late', twins++));
    return twin.next(Math.floor(at - spread(fate, LATE)));
  }

  return {
    id: thing ?? device.id,
    attributes: device.attributes ?? {},
    phase: random(),
    get due() {
      return time.due;
    },
    measure(now) {
      const at = time.next(now);
      if (at === undefined) return [];
      const isLate = saysTime && faults.late !== undefined && chance(fate, faults.late);
      const messages = isLate ? measureLate(at + skew) : device.next(at + skew);
      const befallen = [...(isLate ? (['late'] as const) : []), ...(skew === 0 ? [] : (['skew'] as const))];
      return messages.map((message) => ({ ...addressMessage(fleet, message, thing), befallen }));
    },
  };
}

export function assertSimulated(fleet: Fleet): Simulation {
  if (fleet.simulation !== undefined) return fleet.simulation;
  throw new UsageError(
    `fleet ${fleet.name} says nothing of how its devices behave: give it a simulation, or replay a file`,
  );
}

/** So many of all devices, evenly: of ten, a fifth is two, whatever the seed. */
function isChosen(index: number, share: number): boolean {
  return Math.floor((index + 1) * share + 0.5) > Math.floor(index * share + 0.5);
}

function drawSkew(random: Random): number {
  return Math.round(spread(random, SKEW)) * (chance(random, 0.5) ? 1 : -1);
}

/** Between two bounds, each order of magnitude as likely as the other. */
function spread(random: Random, { from, to }: { readonly from: number; readonly to: number }): number {
  return Math.exp(uniform(random, Math.log(from), Math.log(to)));
}

function addressMessage(
  fleet: Fleet,
  { table: name, levels: simulated, payload }: SimulatedMessage,
  thing: string | undefined,
): { readonly table: Table; readonly message: DeviceMessage } {
  const table = fleet.tables[name];
  if (table === undefined) {
    throw new UsageError(
      `the simulation of fleet ${fleet.name} sends to a table ${JSON.stringify(name)} that it has not`,
    );
  }
  const { device } = table;
  const levels =
    thing === undefined || device.kind !== 'topicLevel' ? simulated : { ...simulated, [device.name]: thing };
  const topic = fillTopic(table.segments, levels);
  if (topic === undefined) {
    throw new UsageError(
      `the simulation of fleet ${fleet.name} names not every level of ${table.topic}: ${JSON.stringify(levels)}`,
    );
  }
  const bytes = payload instanceof Uint8Array ? payload : Buffer.from(JSON.stringify(payload));
  return { table, message: { topic, payload: bytes } };
}
