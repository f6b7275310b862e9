import { asciiText, BYTES, DECLINED, isDigit, WORDS } from './scan-memory.ts';

const PLUS = 0x2b;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;

/** What `scanNumber` found last. */
export const scanned = { number: 0.5 };

/** Powers of ten that a double holds exactly. */
const POWERS = Float64Array.from({ length: 23 }, (_, power) => Number(`1e${power}`));
const MAX_POWER = POWERS.length - 1;

/** Digits that a double holds exactly, whatever they are. */
const EXACT_DIGITS = 15;
/** Further digits that are worth arithmetic of their own; devices send 17 in all at most. */
const MAX_FURTHER = 7;

/**
 * The end of the JSON number that begins at `start`; `scanned.number` is the double that `JSON.parse` makes of it. What comes
 * after it is for the caller to judge.
 */
export function scanNumber(start: number): number {
  const bytes = BYTES;
  let at = start;
  let byte = bytes[at]!;
  const negative = byte === MINUS;
  if (negative) byte = bytes[++at]!;
  if (!isDigit(byte)) return DECLINED;

  // the first digits and those after them, each an exact whole number
  let leading = 0;
  let digits = 0;
  let rest = 0;
  let further = 0;
  if (byte === ZERO) {
    byte = bytes[++at]!;
    if (isDigit(byte)) return DECLINED;
  } else {
    do {
      if (digits < EXACT_DIGITS) leading = leading * 10 + (byte - ZERO);
      else further = MAX_FURTHER;
      digits++;
      byte = bytes[++at]!;
    } while (isDigit(byte));
  }
  let scale = 0;
  if (byte === POINT) {
    const first = ++at;
    byte = bytes[at]!;
    if (!isDigit(byte)) return DECLINED;
    if (leading === 0) while (byte === ZERO) byte = bytes[++at]!;
    for (let four = readFour(at); four >= 0; four = readFour(at)) {
      if (digits <= EXACT_DIGITS - 4) {
        leading = leading * 10_000 + four;
        digits += 4;
      } else {
        if (further < MAX_FURTHER) rest = rest * 10_000 + four;
        further += 4;
      }
      at += 4;
    }
    for (byte = bytes[at]!; isDigit(byte); byte = bytes[++at]!) {
      if (digits < EXACT_DIGITS && further === 0) {
        leading = leading * 10 + (byte - ZERO);
        digits++;
      } else {
        if (further < MAX_FURTHER) rest = rest * 10 + (byte - ZERO);
        further++;
      }
    }
    scale = at - first;
  }
  const exponent = byte === 0x65 || byte === 0x45;
  if (exponent) {
    at = endOfExponent(at + 1);
    if (at === DECLINED) return DECLINED;
  }

  let value = Number.NaN;
  if (!exponent && scale <= MAX_POWER) {
    // both are exact, so that one rounding is all
    if (further === 0) value = leading / POWERS[scale]!;
    else if (further < MAX_FURTHER && further <= scale) value = divideLong(leading, rest, further, scale);
  }
  // what is left: an exponent, more digits than pay, a rounding too close to call
  if (Number.isNaN(value)) scanned.number = Number(asciiText(start, at));
  else scanned.number = negative ? -value : value;
  return at;
}

/** The high halves of four bytes, and what they are in four digits. */
const HIGH_HALVES = 0xf0f0f0f0 | 0;
const DIGITS = 0x30303030;
/** What carries everything above 9 out of the low halves. */
const ABOVE_NINE = 0x06060606;

/** The number that the four digits at this place are; negative where they are not all digits. */
function readFour(at: number): number {
  const word = WORDS.getInt32(at, true);
  if ((word & HIGH_HALVES) !== DIGITS || ((word + ABOVE_NINE) & HIGH_HALVES) !== DIGITS) return -1;
  const ones = word & 0x0f0f0f0f;
  const pairs = ones * 10 + (ones >>> 8);
  return (pairs & 0xff) * 100 + ((pairs >>> 16) & 0xff);
}

/** Where the exponent's digits end that begin here, behind the e. */
function endOfExponent(start: number): number {
  let at = start;
  if (BYTES[at] === PLUS || BYTES[at] === MINUS) at++;
  if (!isDigit(BYTES[at]!)) return DECLINED;
  while (isDigit(BYTES[at]!)) at++;
  return at;
}

/**
 * (`leading` × 10^`further` + `rest`) / 10^`scale`, correctly rounded, or NaN where that cannot be told: the quotient of the
 * leading digits, and what it leaves over, exactly; then the sum of both, which has to be the same double at either end of
 * what rounding may have done to the second.
 */
function divideLong(leading: number, rest: number, further: number, scale: number): number {
  const divisor = POWERS[scale - further]!;
  const quotient = leading / divisor;
  const remainder = remainderOf(leading, quotient, divisor);
  const power = POWERS[further]!;
  const all = POWERS[scale]!;
  const correction = (remainder * power + rest) / all;
  const slack = ((Math.abs(remainder) * power + rest) / all) * 2 ** -50;
  const low = quotient + (correction - slack);
  return low === quotient + (correction + slack) ? low : Number.NaN;
}

/** Halves a double's 53 digits (Veltkamp). */
const SPLITTER = 2 ** 27 + 1;

/** `dividend` − `quotient` × `divisor`, exactly, where the quotient is their rounded ratio (Dekker's product). */
function remainderOf(dividend: number, quotient: number, divisor: number): number {
  const product = quotient * divisor;
  const q = quotient * SPLITTER;
  const qHigh = q - (q - quotient);
  const qLow = quotient - qHigh;
  const d = divisor * SPLITTER;
  const dHigh = d - (d - divisor);
  const dLow = divisor - dHigh;
  const error = qHigh * dHigh - product + qHigh * dLow + qLow * dHigh + qLow * dLow;
  return dividend - product - error;
}
