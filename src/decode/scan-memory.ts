/**
 * The payload that is being scanned: one at a time and whole, a copy of it in memory that stays where it is, which V8 reads
 * several times as fast as one view after another. Zeros stand behind it, which no scanner takes for anything.
 *
 * The scanners (`scan-*.ts`) go from place to place in it: each is given where its value begins, and says where it ends, or
 * that it declines. Whatever surprises them they decline, and the payload is read again by `JSON.parse`, which says what is
 * wrong with it, or that nothing is: a scanner's answer is the same, or none.
 */
export const BYTES = new Uint8Array(128 * 1024 + 16);
export const WORDS = new DataView(BYTES.buffer);

/** Longer payloads are declined. MQTT on AWS has none. */
const MAX_LENGTH = BYTES.length - 16;

export const DECLINED = -1;

const SPACE = 0x20;
const ZERO = 0x30;

/** False where the payload is too long. */
export function loadPayload(payload: Uint8Array): boolean {
  const { length } = payload;
  if (length > MAX_LENGTH) return false;
  BYTES.set(payload);
  WORDS.setFloat64(length, 0);
  return true;
}

/** Where JSON's white space ends. */
export function skipBlanks(start: number): number {
  let at = start;
  for (let byte = BYTES[at]!; byte <= SPACE; byte = BYTES[++at]!) {
    if (!(byte === SPACE || byte === 0x0a || byte === 0x0d || byte === 0x09)) break;
  }
  return at;
}

export function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= 0x39;
}

/** The bytes from `start` to `end`, of which each is a character. */
export function asciiText(start: number, end: number): string {
  return text.toString('latin1', start, end);
}

const text = Buffer.from(BYTES.buffer);

/** Bytes to be found again: their 32-bit words, and the bits of the last one that count. */
export type Literal = {
  readonly length: number;
  readonly words: Int32Array;
  readonly last: number;
  readonly mask: number;
};

export function compileLiteral(bytes: Uint8Array): Literal {
  const whole = bytes.length >> 2;
  const padded = new Uint8Array(4 * whole + 4);
  padded.set(bytes);
  const view = new DataView(padded.buffer);
  return {
    length: bytes.length,
    words: Int32Array.from({ length: whole }, (_, i) => view.getInt32(4 * i, true)),
    last: view.getInt32(4 * whole, true),
    mask: (1 << (8 * (bytes.length & 3))) - 1,
  };
}

export function isLiteral(start: number, { words, last, mask }: Literal): boolean {
  const view = WORDS;
  let at = start;
  for (let i = 0; i < words.length; i++, at += 4) if (view.getInt32(at, true) !== words[i]) return false;
  return (view.getInt32(at, true) & mask) === last;
}
