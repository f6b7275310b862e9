import { daysInMonth, daysOfDate } from '../columns/calendar.ts';
import { setMicrosOfMillis, setValid } from '../columns/column-builder.ts';
import type { Column } from '../fleet/model.ts';
import { checkRange, millisOfEpoch, millisOfEpochText } from './epoch-time.ts';
import { outOfRange, wrongType } from './failure.ts';
import { parseCommonTime, parseIsoTime } from './iso-time.ts';
import { localClock, type ToUtc } from './zones.ts';
import type { WriteValue } from './writer.ts';

type TimeRules = NonNullable<Column['time']>;

/** A timestamp of milliseconds, kept in microseconds; it also says in the context what it wrote. */
export function writeTimestamp(rules: TimeRules, coerce: boolean): WriteValue<'int64'> {
  const toMillis = rules.format === 'iso' ? readIso(rules.zone) : readEpoch(rules.format);
  const expected = describeForm(rules);
  return (value, column, row, context) => {
    const millis = toMillis(coerce && typeof value === 'string' ? value.trim() : value);
    // NaN fails the comparison
    if (!(Math.abs(millis) >= 0)) return wrongType(expected, value);
    setMicrosOfMillis(column, row, millis);
    setValid(column, row);
    context.millis = millis;
    return undefined;
  };
}

/** A timestamp that is milliseconds already: the arrival time, or one put together from fields. */
export const writeMillis: WriteValue<'int64'> = (value, column, row, context) => {
  const millis = value as number;
  setMicrosOfMillis(column, row, millis);
  setValid(column, row);
  context.millis = millis;
  return undefined;
};

/** A local time without a zone, ISO text without an offset. */
export function writeLocalTimestamp(coerce: boolean): WriteValue<'int64'> {
  return (value, column, row) => {
    const time = typeof value === 'string' ? parseIsoTime(coerce ? value.trim() : value) : undefined;
    if (time === undefined || time.offsetMinutes !== undefined)
      return wrongType('an ISO time without an offset', value);
    setMicrosOfMillis(column, row, time.localMillis);
    setValid(column, row);
    return undefined;
  };
}

const DATE = /^(\d{4})(-?)(\d\d)\2(\d\d)$/;

/** ISO dates, `2013-01-31` and `20130131`, years 0001 to 9999. */
export function writeDate(coerce: boolean): WriteValue<'int32'> {
  return (value, column, row) => {
    const match = typeof value === 'string' ? DATE.exec(coerce ? value.trim() : value) : null;
    if (match === null) return wrongType('an ISO date', value);
    const [year, month, day] = [Number(match[1]), Number(match[3]), Number(match[4])];
    if (year < 1 || month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) {
      return outOfRange('a date of the calendar', value);
    }
    column.values[row] = daysOfDate(year, month, day);
    setValid(column, row);
    return undefined;
  };
}

type ToMillis = (value: unknown) => number;

function readIso(zone: string | undefined): ToMillis {
  const toUtc: ToUtc | undefined = zone === undefined ? undefined : localClock(zone);
  return (value) => {
    if (typeof value !== 'string') return Number.NaN;
    const common = parseCommonTime(value);
    return Number.isNaN(common) ? readAnyIso(value, toUtc) : common;
  };
}

function readAnyIso(text: string, toUtc: ToUtc | undefined): number {
  const time = parseIsoTime(text);
  if (time === undefined) return Number.NaN;
  if (time.offsetMinutes !== undefined) return checkRange(time.localMillis - time.offsetMinutes * 60_000);
  return toUtc === undefined ? Number.NaN : checkRange(toUtc(time.localMillis));
}

function readEpoch(format: 'epoch-s' | 'epoch-ms'): ToMillis {
  return (value) => {
    if (typeof value === 'number') return millisOfEpoch(value, format);
    return typeof value === 'string' ? millisOfEpochText(value, format) : Number.NaN;
  };
}

function describeForm({ format, zone }: TimeRules): string {
  if (format !== 'iso')
    return `${format === 'epoch-s' ? 'seconds' : 'milliseconds'} since 1970 (years 0001 to 9999)`;
  return zone === undefined
    ? 'an ISO time with Z or an offset (years 0001 to 9999)'
    : `an ISO time, local ones in ${zone} (years 0001 to 9999)`;
}
