import type { JsonPath } from '../fleet/model.ts';
import { BYTES, compileLiteral, DECLINED, isLiteral, type Literal, skipBlanks } from './scan-memory.ts';

const SPACE = 0x20;
const QUOTE = 0x22;
const COLON = 0x3a;
const BACKSLASH = 0x5c;

/**
 * A key that objects at one place of a payload have. Devices send their keys in the same order and spelling again and again:
 * each key remembers which came after it the last time, and that one is tried first.
 */
export type Key = {
  /** `"key"`, as JSON writes it */
  readonly quoted: Uint8Array;
  /** the same with the colon */
  readonly literal: Literal;
  /** which of the table's columns the value is for; -1: none */
  readonly column: number;
  /** the keys of the object that has to stand here; undefined: any value will do */
  readonly members: Members | undefined;
  /** the reading in which it had a value last: a second one there would have to replace it */
  reading: number;
  next: Key | undefined;
};

export type Members = {
  readonly keys: Key[];
  first: Key | undefined;
  /** the key that `scanKey` found last */
  key: Key;
};

/** Keys at one place that no column wants and yet are remembered, and how long they may be. */
const MAX_KEYS = 64;
const MAX_KEY_BYTES = 64;

const UNWANTED = createKey(Buffer.from('""'), -1, undefined);

/**
 * The keys that lead to the columns' values.
 * @param paths for each column all paths that may lead to its value
 * @returns undefined where the paths ask for more than objects with one column a key
 */
export function compileKeys(paths: readonly (readonly JsonPath[])[]): Members | undefined {
  const top = createMembers();
  for (const [column, alternatives] of paths.entries()) {
    for (const path of alternatives) if (!addPath(top, path, column)) return undefined;
  }
  return top;
}

function addPath({ keys }: Members, [step, ...further]: JsonPath, column: number): boolean {
  if (typeof step !== 'string') return false;
  const quoted = Buffer.from(JSON.stringify(step));
  const known = keys.find((key) => quoted.equals(key.quoted));
  if (further.length === 0) {
    if (known !== undefined) return false;
    keys.push(createKey(quoted, column, undefined));
    return true;
  }
  if (known !== undefined) return known.members !== undefined && addPath(known.members, further, column);
  const below = createMembers();
  keys.push(createKey(quoted, -1, below));
  return addPath(below, further, column);
}

function createMembers(): Members {
  return { keys: [], first: undefined, key: UNWANTED };
}

function createKey(quoted: Uint8Array, column: number, members: Members | undefined): Key {
  const literal = compileLiteral(Buffer.concat([quoted, Uint8Array.of(COLON)]));
  return { quoted, literal, column, members, reading: -1, next: undefined };
}

/** The end of a key and its colon; `members.key` is the key. Declines one that is spelled as no other. */
export function scanKey(start: number, members: Members, guess: Key | undefined): number {
  if (guess !== undefined && isLiteral(start, guess.literal)) {
    members.key = guess;
    return start + guess.literal.length;
  }
  return findKey(start, members);
}

function findKey(start: number, members: Members): number {
  if (BYTES[start] !== QUOTE) return DECLINED;
  let at = start + 1;
  let seen = 0;
  for (let byte = BYTES[at]!; byte !== QUOTE; byte = BYTES[++at]!) {
    // an escape may spell a key that is wanted
    if (byte < SPACE || byte === BACKSLASH) return DECLINED;
    seen |= byte;
  }
  const quoted = BYTES.subarray(start, at + 1);
  at = skipBlanks(at + 1);
  if (BYTES[at] !== COLON) return DECLINED;
  const known = members.keys.find((key) => isSame(key.quoted, quoted));
  if (known === undefined && seen >= 0x80) return DECLINED;
  members.key = known ?? rememberKey(members, quoted);
  return at + 1;
}

function rememberKey({ keys }: Members, quoted: Uint8Array): Key {
  if (keys.length >= MAX_KEYS || quoted.length > MAX_KEY_BYTES) return UNWANTED;
  const unwanted = createKey(Uint8Array.from(quoted), -1, undefined);
  keys.push(unwanted);
  return unwanted;
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
