import type { Random } from '../../src/clock.ts';

/** A seed for a randomised test, printed with its name; `TEST_SEED=<n>` replays one. */
export function drawSeed(name: string): number {
  const seed =
    process.env['TEST_SEED'] === undefined ? Date.now() % 1_000_000_007 : Number(process.env['TEST_SEED']);
  console.log(`${name}: TEST_SEED=${seed}`);
  return seed;
}

/** mulberry32: small, and good enough to choose moments and faults. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
