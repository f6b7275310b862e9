import type { FaultRates } from '../device-sim/faults.ts';
import type { SimulationRequest } from '../device-sim/run.ts';
import type { Fleet } from '../src/fleet/model.ts';

/** A simulation as plain data, so that it can be handed to a thread. */
export type SimulationSettings = Omit<
  SimulationRequest,
  'fleets' | 'ledger' | 'clock' | 'signal' | 'onProgress'
> & {
  readonly fleetSources: readonly string[];
  /** the fleets whose devices publish */
  readonly fleetNames: readonly string[];
  readonly ledgerPath: string;
};

/** What the command line says of a simulation. */
export type SimulationOptions = {
  readonly fleet?: string;
  readonly devices?: number;
  readonly rate?: number;
  readonly interval?: number;
  readonly for?: number;
  readonly replay?: string;
  readonly table?: string;
  readonly null?: readonly string[];
  readonly seed?: number;
  readonly faults?: FaultRates;
  readonly batch?: number;
};

export function simulationSettings(
  options: SimulationOptions,
  place: {
    readonly fleets: readonly Fleet[];
    readonly fleetSources: readonly string[];
    readonly endpoint: string;
    readonly ledgerPath: string;
  },
): SimulationSettings {
  return {
    fleetSources: place.fleetSources,
    fleetNames: place.fleets.map(({ name }) => name),
    endpoint: place.endpoint,
    ledgerPath: place.ledgerPath,
    devices: options.devices,
    rate: options.rate,
    interval: options.interval,
    forMs: options.for,
    replay: options.replay,
    table: options.table,
    nullText: options.null,
    faults: options.faults,
    batch: options.batch,
    seed: options.seed ?? drawSeed(),
  };
}

export function drawSeed(): number {
  return Math.floor(Math.random() * 1_000_000);
}
