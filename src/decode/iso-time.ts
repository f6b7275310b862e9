import { daysInMonth, daysOfDate, MS_PER_DAY } from '../columns/calendar.ts';

/** A time as it was written: local milliseconds as if UTC, and what was said about the zone. */
export type IsoTime = {
  readonly localMillis: number;
  /** minutes east of UTC, undefined where the text names none */
  readonly offsetMinutes: number | undefined;
};

const ISO_TIME =
  /^(\d{4})(?:-(\d\d)-(\d\d)|(\d\d)(\d\d))(?:[Tt ](?:(\d\d):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?|(\d\d)(\d\d)(?:(\d\d)(?:[.,](\d+))?)?) ?([Zz]|[+-]\d\d(?::?\d\d)?)?)?$/;

const MS_PER_MINUTE = 60_000;

/**
 * ISO 8601 times: extended (`2017-03-21T00:00:31-05:00`, `2017-03-21 00:00:31.5`) and basic (`20170321T000031-0500`),
 * seconds and offset optional, fractions of any length floored to milliseconds, a leap second taken for the second before
 * it; a date alone is its midnight. Undefined for any other text. Years 0001 to 9999.
 */
export function parseIsoTime(text: string): IsoTime | undefined {
  const match = ISO_TIME.exec(text);
  if (match === null) return undefined;
  const year = Number(match[1]);
  const month = Number(match[2] ?? match[4]);
  const day = Number(match[3] ?? match[5]);
  const hour = Number(match[6] ?? match[10] ?? 0);
  const minute = Number(match[7] ?? match[11] ?? 0);
  const seconds = match[8] ?? match[12] ?? '00';
  const second = seconds === '60' ? 59 : Number(seconds);
  const fraction = match[9] ?? match[13] ?? '';
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return undefined;
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  const offsetMinutes = parseOffset(match[14]);
  if (offsetMinutes !== undefined && Number.isNaN(offsetMinutes)) return undefined;
  const millis = Number(fraction.slice(0, 3).padEnd(3, '0'));
  const time = (hour * 60 + minute) * MS_PER_MINUTE + second * 1000 + millis;
  return { localMillis: daysOfDate(year, month, day) * MS_PER_DAY + time, offsetMinutes };
}

function parseOffset(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (text === 'Z' || text === 'z') return 0;
  const hours = Number(text.slice(1, 3));
  const minutes = Number(text.slice(3).replace(':', ''));
  if (hours > 23 || minutes > 59) return Number.NaN;
  return (text.startsWith('-') ? -1 : 1) * (hours * 60 + minutes);
}

// what most devices send, `YYYY-MM-DDTHH:MM:SS[.fff…]Z`, without a regular expression

const ZERO = 0x30;
const DASH = 0x2d;
const COLON = 0x3a;
const POINT = 0x2e;
const LETTER_T = 0x54;
const LETTER_Z = 0x5a;

/** The last minute and date seen: what devices report lies close together. */
const lastMinute = { prefix: ' ', millis: 0 };
const lastDate = { key: -1, days: 0 };

/** Milliseconds since the epoch of the common form; NaN where the text is not exactly of it: `parseIsoTime` decides then. */
export function parseCommonTime(text: string): number {
  const { length } = text;
  if (length < 20 || text.charCodeAt(length - 1) !== LETTER_Z) return Number.NaN;
  const minute = text.startsWith(lastMinute.prefix) ? lastMinute.millis : minuteMillis(text);
  const second = digits2(text, 17);
  const millis = length === 20 ? 0 : fractionMillis(text);
  // NaN fails the comparison, and makes the sum NaN
  return second <= 59 ? minute + second * 1000 + millis : Number.NaN;
}

const MINUTE_LENGTH = 'YYYY-MM-DDTHH:MM:'.length;

function minuteMillis(text: string): number {
  if (
    text.charCodeAt(10) !== LETTER_T ||
    text.charCodeAt(4) !== DASH ||
    text.charCodeAt(7) !== DASH ||
    text.charCodeAt(13) !== COLON ||
    text.charCodeAt(16) !== COLON
  ) {
    return Number.NaN;
  }
  const hour = digits2(text, 11);
  const minute = digits2(text, 14);
  const days = daysOfKey(digits2(text, 0), digits2(text, 2), digits2(text, 5), digits2(text, 8));
  if (!(hour <= 23 && minute <= 59) || Number.isNaN(days)) return Number.NaN;
  lastMinute.prefix = text.slice(0, MINUTE_LENGTH);
  lastMinute.millis = days * MS_PER_DAY + (hour * 60 + minute) * MS_PER_MINUTE;
  return lastMinute.millis;
}

/** Milliseconds of `.fff…` from the 20th character up to the Z, further digits dropped; NaN where it is no fraction. */
function fractionMillis(text: string): number {
  const end = text.length - 1;
  if (end < 21 || text.charCodeAt(19) !== POINT) return Number.NaN;
  let millis = 0;
  for (let at = 20; at < end; at++) {
    const digit = text.charCodeAt(at) - ZERO;
    if (!(digit >= 0 && digit <= 9)) return Number.NaN;
    if (at < 23) millis = millis * 10 + digit;
  }
  return end === 21 ? millis * 100 : end === 22 ? millis * 10 : millis;
}

function digits2(text: string, at: number): number {
  const tens = text.charCodeAt(at) - ZERO;
  const ones = text.charCodeAt(at + 1) - ZERO;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN;
}

function daysOfKey(century: number, yearOfCentury: number, month: number, day: number): number {
  const key = ((century * 100 + yearOfCentury) * 100 + month) * 100 + day;
  if (key === lastDate.key) return lastDate.days;
  const year = century * 100 + yearOfCentury;
  if (!(year >= 1 && month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(year, month)))
    return Number.NaN;
  lastDate.key = key;
  lastDate.days = daysOfDate(year, month, day);
  return lastDate.days;
}
