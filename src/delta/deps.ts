import type { Clock, Random, Sleep } from '../clock.ts';

/** What a writer needs from the world, handed in so that simulations repeat. */
export type DeltaDeps = {
  readonly clock: Clock;
  /** for the jitter of waits */
  readonly random: Random;
  readonly sleep: Sleep;
  /** a new UUID each time: names of files, commits and tables */
  readonly uuid: () => string;
};
