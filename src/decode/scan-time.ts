import { daysInMonth, daysOfDate, MS_PER_DAY } from '../columns/calendar.ts';
import { BYTES, compileLiteral, DECLINED, isDigit, isLiteral, type Literal } from './scan-memory.ts';

const QUOTE = 0x22;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const COLON = 0x3a;

/** The last minute that was met, for what devices report lies close together, and the last time. Milliseconds, UTC. */
export type KnownTimes = { minute: Literal; minuteMillis: number; millis: number };

const MINUTE_BYTES = 'YYYY-MM-DDTHH:MM:'.length;
const MS_PER_MINUTE = 60_000;
const LETTER_T = 0x54;
const LETTER_Z = 0x5a;

export function createKnownTimes(): KnownTimes {
  return { minute: compileLiteral(Buffer.from('no minute')), minuteMillis: 0, millis: 0 };
}

/**
 * The end of a time of the form that most devices send, `"YYYY-MM-DDTHH:MM:SS[.fff…]Z"`; `known.millis` is the time, further
 * digits dropped.
 */
export function scanTime(quote: number, known: KnownTimes): number {
  const start = quote + 1;
  if (!isLiteral(start, known.minute) && !readMinute(start, known)) return DECLINED;
  const second = twoDigits(start + MINUTE_BYTES);
  // a leap second is for those who know what to make of it
  if (!(second <= 59)) return DECLINED;
  let at = start + MINUTE_BYTES + 2;
  let millis = 0;
  if (BYTES[at] === POINT) {
    if (!isDigit(BYTES[at + 1]!)) return DECLINED;
    let unit = 100;
    for (at++; isDigit(BYTES[at]!); at++) {
      millis += (BYTES[at]! - ZERO) * unit;
      unit = (unit / 10) | 0;
    }
  }
  if (BYTES[at] !== LETTER_Z || BYTES[at + 1] !== QUOTE) return DECLINED;
  known.millis = known.minuteMillis + second * 1000 + millis;
  return at + 2;
}

function readMinute(start: number, known: KnownTimes): boolean {
  if (
    BYTES[start + 4] !== MINUS ||
    BYTES[start + 7] !== MINUS ||
    BYTES[start + 10] !== LETTER_T ||
    BYTES[start + 13] !== COLON ||
    BYTES[start + 16] !== COLON
  ) {
    return false;
  }
  const year = twoDigits(start) * 100 + twoDigits(start + 2);
  const month = twoDigits(start + 5);
  const day = twoDigits(start + 8);
  const hour = twoDigits(start + 11);
  const minute = twoDigits(start + 14);
  // NaN fails every comparison
  if (!(year >= 1 && month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(year, month))) return false;
  if (!(hour <= 23 && minute <= 59)) return false;
  known.minute = compileLiteral(BYTES.subarray(start, start + MINUTE_BYTES));
  known.minuteMillis = daysOfDate(year, month, day) * MS_PER_DAY + (hour * 60 + minute) * MS_PER_MINUTE;
  return true;
}

function twoDigits(at: number): number {
  const tens = BYTES[at]!;
  const ones = BYTES[at + 1]!;
  return isDigit(tens) && isDigit(ones) ? (tens - ZERO) * 10 + ones - ZERO : Number.NaN;
}
