import type { Random } from '../src/clock.ts';

/**
 * A seeded generator: xoshiro128** (Blackman and Vigna, public domain), its state filled by splitmix32. The same seed and
 * path give the same numbers everywhere, and every path (a fleet's name, a device's index) numbers of its own.
 */
export function createRandom(seed: number, ...path: readonly (string | number)[]): Random {
  const next = splitMix(mixPath(seed, path));
  let [a, b, c, d] = [next(), next(), next(), next()];
  const nextWord = (): number => {
    const word = Math.imul(rotateLeft(Math.imul(b, 5), 7), 9) >>> 0;
    const t = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= t;
    d = rotateLeft(d, 11);
    return word;
  };
  // 53 bits, as many as a double in [0, 1) holds
  return () => ((nextWord() >>> 5) * 0x4000000 + (nextWord() >>> 6)) / 0x20000000000000;
}

/** FNV-1a over the path's text, so that neighbouring devices start far apart. */
function mixPath(seed: number, path: readonly (string | number)[]): number {
  let state = (0x811c9dc5 ^ seed ^ Math.floor(seed / 0x100000000)) >>> 0;
  for (const char of JSON.stringify(path)) state = Math.imul(state ^ char.codePointAt(0)!, 0x01000193) >>> 0;
  return state;
}

function splitMix(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return (z ^ (z >>> 15)) | 0;
  };
}

function rotateLeft(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}
