import { createHash } from 'node:crypto';
import type { Random } from '../../src/clock.ts';

/**
 * A seed for a randomised test, printed with its name; `TEST_SEED=<n>` replays one. Under `CI=true` a name always has the
 * same seed, so that a change is judged by what it changed; everywhere else new ones are drawn.
 */
export function drawSeed(name: string): number {
  const seed = Number(process.env['TEST_SEED'] ?? (process.env['CI'] === 'true' ? seedOf(name) : Date.now()));
  console.log(`${name}: TEST_SEED=${seed % 1_000_000_007}`);
  return seed % 1_000_000_007;
}

function seedOf(name: string): number {
  return createHash('sha256').update(name).digest().readUInt32LE();
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
