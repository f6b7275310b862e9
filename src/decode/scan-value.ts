import { BYTES, compileLiteral, DECLINED, isLiteral, skipBlanks } from './scan-memory.ts';
import { scanned, scanNumber } from './scan-number.ts';
import { readText, scanText, type TextCache } from './scan-text.ts';

const SPACE = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

const WORD = {
  true: compileLiteral(Buffer.from('true')),
  false: compileLiteral(Buffer.from('false')),
  null: compileLiteral(Buffer.from('null')),
};

const LETTER_T = 0x74;
const LETTER_F = 0x66;
const LETTER_N = 0x6e;

/** Deeper values are declined: the scanners call themselves, and a payload may nest without end. */
const MAX_DEPTH = 32;

/** What `scanScalar` found last: text, a number, a boolean, or null. */
export const scalar: { value: unknown } = { value: null };

/** The end of text, a number, true, false or null. */
export function scanScalar(start: number, cache: TextCache): number {
  switch (BYTES[start]) {
    case QUOTE: {
      const end = scanText(start, cache);
      scalar.value = cache.text;
      return end;
    }
    case LETTER_T:
      scalar.value = true;
      return skipWord(start, 'true');
    case LETTER_F:
      scalar.value = false;
      return skipWord(start, 'false');
    case LETTER_N:
      scalar.value = null;
      return skipWord(start, 'null');
    default: {
      const end = scanNumber(start);
      scalar.value = scanned.number;
      return end;
    }
  }
}

export function skipNull(start: number): number {
  return skipWord(start, 'null');
}

function skipWord(start: number, word: keyof typeof WORD): number {
  return isLiteral(start, WORD[word]) ? start + word.length : DECLINED;
}

/** The end of a value that no column wants, if it is JSON. */
export function skipValue(start: number, depth = 0): number {
  const byte = BYTES[start];
  switch (byte) {
    case QUOTE:
      return skipText(start);
    case LETTER_T:
      return skipWord(start, 'true');
    case LETTER_F:
      return skipWord(start, 'false');
    case LETTER_N:
      return skipWord(start, 'null');
    case OPEN_BRACE:
    case OPEN_BRACKET:
      return depth < MAX_DEPTH ? skipMembers(start, byte === OPEN_BRACE, depth + 1) : DECLINED;
    default:
      return scanNumber(start);
  }
}

function skipMembers(start: number, isObject: boolean, depth: number): number {
  const end = isObject ? CLOSE_BRACE : CLOSE_BRACKET;
  let at = skipBlanks(start + 1);
  if (BYTES[at] === end) return at + 1;
  for (;;) {
    if (isObject) {
      const colon = BYTES[at] === QUOTE ? skipText(at) : DECLINED;
      if (colon === DECLINED) return DECLINED;
      at = skipBlanks(colon);
      if (BYTES[at] !== COLON) return DECLINED;
      at = skipBlanks(at + 1);
    }
    at = skipValue(at, depth);
    if (at === DECLINED) return DECLINED;
    at = skipBlanks(at);
    const byte = BYTES[at++];
    if (byte === end) return at;
    if (byte !== COMMA) return DECLINED;
    at = skipBlanks(at);
  }
}

function skipText(quote: number): number {
  let at = quote + 1;
  let seen = 0;
  for (let byte = BYTES[at]!; byte !== QUOTE; byte = BYTES[++at]!) {
    if (byte < SPACE) return DECLINED;
    seen |= byte;
    if (byte !== BACKSLASH) continue;
    seen |= 0x80;
    if (BYTES[++at]! < SPACE) return DECLINED;
  }
  return seen < 0x80 || readText(quote + 1, at, seen) !== undefined ? at + 1 : DECLINED;
}
