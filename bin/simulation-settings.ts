import type { Driver } from '../device-sim/drivers.ts';
import type { FaultRates } from '../device-sim/faults.ts';
import type { SimulationRequest } from '../device-sim/run.ts';
import { iotRules } from '../src/fleet/index.ts';
import type { Fleet } from '../src/fleet/model.ts';
import type { CredentialSettings } from './credentials.ts';

/** A simulation as plain data, so that it can be handed to a thread. */
export type SimulationSettings = Omit<
  SimulationRequest,
  'fleets' | 'ledger' | 'clock' | 'signal' | 'onProgress' | 'credentialsOf'
> & {
  readonly credentials: CredentialSettings | undefined;
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
  readonly driver?: Driver;
  readonly basicIngest?: true;
};

export function simulationSettings(
  options: SimulationOptions,
  place: {
    /** those whose devices publish */
    readonly fleets: readonly Fleet[];
    /** those that share the broker's rules with them */
    readonly allFleets: readonly Fleet[];
    readonly fleetSources: readonly string[];
    readonly endpoint: string;
    readonly ledgerPath: string;
    readonly credentials?: CredentialSettings | undefined;
    readonly thing?: string | undefined;
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
    driver: options.driver,
    basicIngest: options.basicIngest === true ? iotRules(place.allFleets) : undefined,
    credentials: place.credentials,
    thing: place.thing,
    seed: options.seed ?? drawSeed(),
  };
}

export function drawSeed(): number {
  return Math.floor(Math.random() * 1_000_000);
}
