import { setText, type TextBuilder } from '../columns/text-builder.ts';
import { asciiText, BYTES, DECLINED } from './scan-memory.ts';

const SPACE = 0x20;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Texts that were met, two to a bucket, by the hash of their bytes. */
const BUCKETS = 1024;
/** Bytes up to which a text is remembered. */
const MAX_BYTES = 48;

/** Fowler, Noll and Vo's, of 32 bits. */
const FNV_PRIME = 0x01000193;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Texts by their bytes: what devices say of themselves comes again and again, and is made a string once. Of bounded size;
 * a text that comes displaces another.
 */
export type TextCache = {
  /** bytes between the quotes, `MAX_BYTES` a place */
  readonly bytes: Uint8Array;
  readonly texts: string[];
  readonly lengths: Int32Array;
  /** the columns that a text has been written to last, and its code there */
  readonly columns: Float64Array;
  readonly codes: Int32Array;
  /** the text that was scanned last, and its place; -1: it has none */
  text: string;
  place: number;
};

export function createTextCache(): TextCache {
  const places = 2 * BUCKETS;
  return {
    bytes: new Uint8Array(places * MAX_BYTES),
    texts: new Array<string>(places).fill(''),
    lengths: new Int32Array(places).fill(-1),
    columns: new Float64Array(places),
    codes: new Int32Array(places),
    text: '',
    place: -1,
  };
}

/** The end of the JSON string whose quote is at `quote`; `cache.text` is the text. Declines one that UTF-8 cannot hold. */
export function scanText(quote: number, cache: TextCache): number {
  const bytes = BYTES;
  const start = quote + 1;
  let at = start;
  let hash = 0;
  let seen = 0;
  for (let byte = bytes[at]!; byte !== QUOTE; byte = bytes[++at]!) {
    if (byte < SPACE) return DECLINED;
    hash = Math.imul(hash ^ byte, FNV_PRIME);
    seen |= byte;
    if (byte !== BACKSLASH) continue;
    seen |= 0x80;
    const escaped = bytes[++at]!;
    if (escaped < SPACE) return DECLINED;
    hash = Math.imul(hash ^ escaped, FNV_PRIME);
  }

  const length = at - start;
  const place = ((hash ^ (hash >>> 13)) & (BUCKETS - 1)) << 1;
  if (isAt(cache, place, start, length)) cache.place = place;
  else if (isAt(cache, place + 1, start, length)) cache.place = place + 1;
  else {
    const text = readText(start, at, seen);
    if (text === undefined) return DECLINED;
    cache.text = text;
    cache.place = -1;
    if (length <= MAX_BYTES) keep(cache, place, start, length);
    return at + 1;
  }
  cache.text = cache.texts[cache.place]!;
  return at + 1;
}

/** Writes the text that was scanned last into a slot. */
export function setScanned(column: TextBuilder, row: number, cache: TextCache): void {
  const { place, text } = cache;
  if (column.validity !== undefined) column.validity[row] = 1;
  if (place >= 0 && cache.columns[place] === column.id && column.codes !== undefined) {
    column.codes[row] = cache.codes[place]!;
    return;
  }
  const code = setText(column, row, text);
  if (place < 0 || code === undefined) return;
  cache.columns[place] = column.id;
  cache.codes[place] = code;
}

function isAt(cache: TextCache, place: number, start: number, length: number): boolean {
  if (cache.lengths[place] !== length) return false;
  const bytes = BYTES;
  const known = cache.bytes;
  const from = place * MAX_BYTES;
  for (let i = 0; i < length; i++) if (known[from + i] !== bytes[start + i]) return false;
  return true;
}

/** The newest text stands first in its bucket, the one before it second. */
function keep(cache: TextCache, place: number, start: number, length: number): void {
  const { bytes, texts, lengths, columns, codes } = cache;
  const from = place * MAX_BYTES;
  bytes.copyWithin(from + MAX_BYTES, from, from + MAX_BYTES);
  texts[place + 1] = texts[place]!;
  lengths[place + 1] = lengths[place]!;
  columns[place + 1] = columns[place]!;
  codes[place + 1] = codes[place]!;
  for (let i = 0; i < length; i++) bytes[from + i] = BYTES[start + i]!;
  texts[place] = cache.text;
  lengths[place] = length;
  columns[place] = 0;
  cache.place = place;
}

/** @param seen the bits of all bytes; with the highest there is more to it than ASCII */
export function readText(start: number, end: number, seen: number): string | undefined {
  if (seen < 0x80) return asciiText(start, end);
  try {
    const text: unknown = JSON.parse(utf8.decode(BYTES.subarray(start - 1, end + 1)));
    return typeof text === 'string' && text.isWellFormed() ? text : undefined;
  } catch {
    // declined: whoever reads the whole payload says what is wrong
    return undefined;
  }
}
