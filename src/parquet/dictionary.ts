import { CodedText } from '../columns/coded-text.ts';
import type { LeafValues } from './leaf.ts';

/** The different values of a leaf in the order in which they come, and for each value its number among them. */
export type Dictionary = { readonly distinct: LeafValues; readonly indices: Uint32Array };

/** Values looked at before a dictionary is tried, and how many of them may differ: among more rows more of them repeat. */
const SAMPLE = 512;
const MAX_SAMPLE_DISTINCT = Math.floor(0.85 * SAMPLE);
/** With more different values than this a dictionary's own page outgrows what it saves. */
const MAX_DISTINCT = 32_768;

/**
 * A dictionary where it pays: at most half of the values differ. Undefined for the others, most of which a sample tells.
 * Values are told apart by their bits, so that -0 stays -0.
 */
export function buildDictionary(leaf: LeafValues): Dictionary | undefined {
  if (leaf instanceof CodedText) return usedTexts(leaf);
  const { kind, values } = leaf;
  switch (kind) {
    case 'text':
      return textDictionary(values);
    case 'float64': {
      const found = indexWords(wordsOf(values), 2, values.length);
      return (
        found && {
          distinct: { kind, values: gather(values, found.firsts, new Float64Array(found.firsts.length)) },
          indices: found.indices,
        }
      );
    }
    case 'float32': {
      const found = indexWords(wordsOf(values), 1, values.length);
      return (
        found && {
          distinct: { kind, values: gather(values, found.firsts, new Float32Array(found.firsts.length)) },
          indices: found.indices,
        }
      );
    }
    case 'int32': {
      const found = indexWords(values, 1, values.length);
      return (
        found && {
          distinct: { kind, values: gather(values, found.firsts, new Int32Array(found.firsts.length)) },
          indices: found.indices,
        }
      );
    }
    case 'int64': {
      const found = indexWords(wordsOf(values), 2, values.length);
      return (
        found && {
          distinct: { kind, values: BigInt64Array.from(found.firsts, (row) => values[row]!) },
          indices: found.indices,
        }
      );
    }
    case 'boolean':
    case 'bytes':
    case 'bigint':
      return undefined;
  }
}

function wordsOf(values: Float64Array | Float32Array | BigInt64Array): Int32Array {
  return new Int32Array(values.buffer, values.byteOffset, values.byteLength / 4);
}

function gather<T extends Float64Array | Float32Array | Int32Array>(
  values: T,
  rows: Uint32Array,
  into: T,
): T {
  for (let i = 0; i < rows.length; i++) into[i] = values[rows[i]!]!;
  return into;
}

/** Rows here and there, without a pattern: devices often take turns, and even steps would meet each of them once. */
function sampleRows(length: number): Uint32Array {
  const rows = new Uint32Array(SAMPLE);
  let state = 1;
  for (let i = 0; i < SAMPLE; i++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    rows[i] = Math.floor((state / 2 ** 32) * length);
  }
  return rows;
}

function limitOf(length: number): number {
  return Math.min(MAX_DISTINCT, length >>> 1);
}

function textDictionary(values: readonly string[]): Dictionary | undefined {
  if (values.length < 2) return undefined;
  if (values.length > 2 * SAMPLE) {
    const sample = new Set(Array.from(sampleRows(values.length), (row) => values[row]!));
    if (sample.size > MAX_SAMPLE_DISTINCT) return undefined;
  }
  const limit = limitOf(values.length);
  const numbers = new Map<string, number>();
  const indices = new Uint32Array(values.length);
  let last: string | undefined;
  let lastNumber = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    // neighbours are often the same text, and then mostly the same object
    if (value !== last) {
      last = value;
      const known = numbers.get(value);
      if (known === undefined) {
        lastNumber = numbers.size;
        if (lastNumber >= limit) return undefined;
        numbers.set(value, lastNumber);
      } else lastNumber = known;
    }
    indices[i] = lastNumber;
  }
  return { distinct: { kind: 'text', values: Array.from(numbers.keys()) }, indices };
}

/** The texts that some row has, numbered in the order in which they come. */
function usedTexts({ codes, distinct }: CodedText): Dictionary | undefined {
  if (codes.length < 2) return undefined;
  const limit = limitOf(codes.length);
  const numbers = new Int32Array(distinct.length).fill(-1);
  const values: string[] = [];
  const indices = new Uint32Array(codes.length);
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i]!;
    let number = numbers[code]!;
    if (number < 0) {
      if (values.length === limit) return undefined;
      number = values.length;
      numbers[code] = number;
      values.push(distinct[code]!);
    }
    indices[i] = number;
  }
  return { distinct: { kind: 'text', values }, indices };
}

/** Numbers values of one or two 32-bit words by an open hash table; `firsts`: where each different value first stands. */
function indexWords(
  words: Int32Array,
  size: 1 | 2,
  length: number,
): { readonly firsts: Uint32Array; readonly indices: Uint32Array } | undefined {
  if (length < 2) return undefined;
  if (length > 2 * SAMPLE) {
    const sample = sampleWords(words, size, length);
    if (numberWords(sample, size, SAMPLE, MAX_SAMPLE_DISTINCT) === undefined) return undefined;
  }
  return numberWords(words, size, length, limitOf(length));
}

function sampleWords(words: Int32Array, size: 1 | 2, length: number): Int32Array {
  const sample = new Int32Array(SAMPLE * size);
  sampleRows(length).forEach((row, i) => {
    sample[i * size] = words[row * size]!;
    if (size === 2) sample[i * 2 + 1] = words[row * 2 + 1]!;
  });
  return sample;
}

function numberWords(words: Int32Array, size: 1 | 2, length: number, limit: number) {
  const mask = 2 ** Math.ceil(Math.log2(2 * limit + 2)) - 1;
  const table = new Int32Array(mask + 1);
  const firsts = new Uint32Array(limit);
  const indices = new Uint32Array(length);
  let distinct = 0;
  for (let row = 0; row < length; row++) {
    const low = words[row * size]!;
    const high = size === 2 ? words[row * 2 + 1]! : 0;
    const hash = Math.imul(low ^ Math.imul(high, 0x85ebca6b), 0x9e3779b1);
    let slot = (hash ^ (hash >>> 15)) & mask;
    for (;;) {
      const entry = table[slot]!;
      if (entry === 0) {
        if (distinct === limit) return undefined;
        firsts[distinct++] = row;
        table[slot] = distinct;
        indices[row] = distinct - 1;
        break;
      }
      const other = firsts[entry - 1]! * size;
      if (words[other] === low && (size === 1 || words[other + 1] === high)) {
        indices[row] = entry - 1;
        break;
      }
      slot = (slot + 1) & mask;
    }
  }
  return { firsts: firsts.subarray(0, distinct), indices };
}
