/** Milliseconds since the epoch, UTC. Handed in, so that tests and simulations can say what time it is. */
export type Clock = () => number;

/** A uniform number in [0, 1), as `Math.random`. Handed in, so that a seed repeats a run. */
export type Random = () => number;

/** Resolves after so many milliseconds. Handed in where a wait has to be simulated. */
export type Sleep = (milliseconds: number) => Promise<void>;
