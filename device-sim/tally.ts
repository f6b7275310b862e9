import { countFaults, type FaultCounts } from './faults.ts';

/** What a run did so far. Messages may take several attempts; every attempt stands in the ledger. */
export type Tally = {
  /** devices that connected at least once */
  devices: number;
  connections: number;
  /** connections that ended without being closed */
  connectionsLost: number;
  /** messages that devices had to send */
  messages: number;
  attempts: number;
  /** messages with a PUBACK */
  acknowledged: number;
  /** payload bytes of acknowledged messages */
  bytes: number;
  /** attempts that ended without a PUBACK */
  publishErrors: number;
  /** messages given up, because the connection broke with them first in line again and again */
  abandoned: number;
  /** injected on purpose */
  readonly faults: FaultCounts;
};

export function createTally(): Tally {
  return {
    devices: 0,
    connections: 0,
    connectionsLost: 0,
    messages: 0,
    attempts: 0,
    acknowledged: 0,
    bytes: 0,
    publishErrors: 0,
    abandoned: 0,
    faults: countFaults(),
  };
}
