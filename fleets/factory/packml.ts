import type { LossClass } from '../../src/oee/index.ts';

/** The states of PackML (ISA-TR88.00.02), by the number that `StateCurrent` says. */
export const STATES = [
  'Undefined',
  'Clearing',
  'Stopped',
  'Starting',
  'Idle',
  'Suspended',
  'Execute',
  'Stopping',
  'Aborting',
  'Aborted',
  'Holding',
  'Held',
  'Unholding',
  'Suspending',
  'Unsuspending',
  'Resetting',
  'Completing',
  'Complete',
] as const;

export type State = (typeof STATES)[number];

export function stateNumber(state: State): number {
  return STATES.indexOf(state);
}

/**
 * What time in a state counts as, unless a factory says otherwise. Waiting for material, or for room for what was made, is a
 * loss of performance; a line of which nothing is asked is left out; every other state in which it does not run is a stop.
 */
export const USUAL_CLASSES: Readonly<Record<State, LossClass | undefined>> = {
  Undefined: undefined,
  Clearing: 'availability',
  Stopped: 'availability',
  Starting: 'availability',
  Idle: 'excluded',
  Suspended: 'performance',
  Execute: 'productive',
  Stopping: 'availability',
  Aborting: 'availability',
  Aborted: 'availability',
  Holding: 'availability',
  Held: 'availability',
  Unholding: 'availability',
  Suspending: 'performance',
  Unsuspending: 'performance',
  Resetting: 'availability',
  Completing: 'availability',
  Complete: 'excluded',
};

/** Unit modes as `UnitMode` numbers them: 1 to 3 are PackML's own, the others a plant's. */
export const USUAL_MODES = [
  { mode: 1, name: 'Production', changeover: false },
  { mode: 2, name: 'Maintenance', changeover: false },
  { mode: 3, name: 'Manual', changeover: false },
  { mode: 4, name: 'Changeover', changeover: true },
] as const;
