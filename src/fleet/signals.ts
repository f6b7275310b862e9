import type { Random } from '../clock.ts';

/** What simulated devices measure, as pure functions of a seeded generator and the simulated time. */

const MS_PER_HOUR = 3_600_000;

export function uniform(random: Random, min: number, max: number): number {
  return min + random() * (max - min);
}

/** A whole number in [min, max]. */
export function wholeNumber(random: Random, min: number, max: number): number {
  return min + Math.floor(random() * (max - min + 1));
}

export function chance(random: Random, probability: number): boolean {
  return random() < probability;
}

export function pick<T>(random: Random, items: readonly T[]): T {
  if (items.length === 0) throw new RangeError('nothing to pick from: the list is empty');
  return items[Math.floor(random() * items.length)] as T;
}

/** Normally distributed (Box and Muller's transform; one of its pair, so that a call takes two draws, always). */
export function normal(random: Random, mean: number, deviation: number): number {
  const radius = Math.sqrt(-2 * Math.log(1 - random()));
  return mean + deviation * radius * Math.cos(2 * Math.PI * random());
}

/** Time to the next event of a process that has `perMs` events a millisecond. */
export function exponential(random: Random, perMs: number): number {
  return -Math.log(1 - random()) / perMs;
}

/** A value that walks at random and turns back at its bounds. Each call is one step. */
export function randomWalk(
  random: Random,
  walk: { readonly start: number; readonly step: number; readonly min: number; readonly max: number },
): () => number {
  let value = clamp(walk.start, walk.min, walk.max);
  return () => {
    value = reflect(normal(random, value, walk.step), walk.min, walk.max);
    return value;
  };
}

/**
 * A value that strays from its mean and is drawn back to it (Ornstein and Uhlenbeck), exact for uneven steps: noise as of
 * weather or machines, which remembers its last value for about `memory` milliseconds.
 */
export function driftingNoise(
  random: Random,
  noise: { readonly deviation: number; readonly memory: number },
): (at: number) => number {
  let value = normal(random, 0, noise.deviation);
  let last: number | undefined;
  return (at) => {
    const kept = last === undefined ? 1 : Math.exp(-Math.max(0, at - last) / noise.memory);
    value = value * kept + normal(random, 0, noise.deviation * Math.sqrt(1 - kept * kept));
    last = at;
    return value;
  };
}

/** A daily swing of `amplitude` around 0, highest at `peakHour` (hours after midnight, UTC). */
export function dailyCycle(
  at: number,
  cycle: { readonly amplitude: number; readonly peakHour: number },
): number {
  const hours = at / MS_PER_HOUR - cycle.peakHour;
  return cycle.amplitude * Math.cos((hours / 24) * 2 * Math.PI);
}

export function clamp(value: number, min: number, max: number): number {
  return Math.min(max, Math.max(min, value));
}

/** Rounded as instruments do, to so many digits after the point. */
export function roundTo(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

function reflect(value: number, min: number, max: number): number {
  const turned = value < min ? 2 * min - value : value > max ? 2 * max - value : value;
  return clamp(turned, min, max);
}
