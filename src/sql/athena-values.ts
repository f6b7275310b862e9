import type { ColumnInfo } from '@aws-sdk/client-athena';
import { Temporal } from 'temporal-polyfill';
import { daysOfDate } from '../columns/calendar.ts';
import type { DataType } from '../columns/types.ts';
import { QueryServiceError } from './sql-error.ts';

/**
 * How the texts in which Athena hands out values become Delta's: the type that holds each of them, and the function from a
 * text to the slot of a column. Nested values, times of day, intervals and JSON stay the text that they come as: Athena
 * tells neither their types nor where a text in them ends (`CAST(x AS JSON)` in the query helps).
 */
export type TextReader = { readonly type: DataType; readonly read: (text: string) => unknown };

export function textReaderOf({ Type: type = '', Precision, Scale }: ColumnInfo): TextReader {
  switch (type.replace(/\(.*?\)/, '').toLowerCase()) {
    case 'boolean':
      return { type: 'boolean', read: (text) => text === 'true' };
    case 'tinyint':
      return { type: 'byte', read: Number };
    case 'smallint':
      return { type: 'short', read: Number };
    case 'integer':
    case 'int':
      return { type: 'integer', read: Number };
    case 'bigint':
      return { type: 'long', read: BigInt };
    // what Athena calls a real
    case 'float':
    case 'real':
      return { type: 'float', read: Number };
    case 'double':
      return { type: 'double', read: Number };
    case 'decimal': {
      const scale = Scale ?? 0;
      return { type: `decimal(${Precision ?? 38},${scale})`, read: (text) => unscaled(text, scale) };
    }
    case 'date':
      return { type: 'date', read: daysOf };
    case 'timestamp':
      return { type: 'timestamp_ntz', read: (text) => microsOf(splitTime(text)) };
    case 'timestamp with time zone':
      return { type: 'timestamp', read: instantOf };
    case 'varbinary':
      // pairs of hexadecimal digits with blanks between them
      return { type: 'binary', read: (text) => new Uint8Array(Buffer.from(text.replaceAll(' ', ''), 'hex')) };
    default:
      return { type: 'string', read: (text) => text };
  }
}

function unscaled(text: string, scale: number): bigint {
  const [whole = '', fraction = ''] = text.split('.');
  if (fraction.length > scale) throw misfit(text, `a decimal of scale ${scale}`);
  return BigInt(whole + fraction.padEnd(scale, '0'));
}

function daysOf(text: string): number {
  const match = /^([+-]?\d{4,})-(\d\d)-(\d\d)$/.exec(text);
  if (match === null) throw misfit(text, 'a date');
  return daysOfDate(Number(match[1]), Number(match[2]), Number(match[3]));
}

/** `date` in days, `time` in microseconds of the day, what follows as it is. */
type SplitTime = { readonly date: number; readonly time: bigint; readonly zone: string };

/** `2013-01-01 06:00:00.000 Europe/Berlin`, with up to twelve digits of fraction, of which six count. */
function splitTime(text: string): SplitTime {
  const match = /^(\S+) (\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?: (\S+))?$/.exec(text);
  if (match === null) throw misfit(text, 'a timestamp');
  const [, date, hours, minutes, seconds, fraction = '', zone = ''] = match;
  const whole = (Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds);
  const micros = BigInt(whole) * 1_000_000n + BigInt(fraction.slice(0, 6).padEnd(6, '0'));
  return { date: daysOf(date!), time: micros, zone };
}

const MICROS_PER_DAY = 86_400_000_000n;

function microsOf({ date, time }: SplitTime): bigint {
  return BigInt(date) * MICROS_PER_DAY + time;
}

/** The hour that a named zone has twice is taken for the first of the two: the text does not tell. */
function instantOf(text: string): bigint {
  const split = splitTime(text);
  const wall = microsOf(split);
  if (split.zone === 'UTC' || split.zone === 'Z') return wall;
  const offset = /^([+-])(\d\d):(\d\d)$/.exec(split.zone);
  if (offset !== null) {
    const minutes = BigInt(Number(offset[2]) * 60 + Number(offset[3])) * 60_000_000n;
    return offset[1] === '+' ? wall - minutes : wall + minutes;
  }
  try {
    const local = Temporal.Instant.fromEpochNanoseconds(wall * 1000n).toZonedDateTimeISO('UTC');
    return local.toPlainDateTime().toZonedDateTime(split.zone).epochNanoseconds / 1000n;
  } catch (cause) {
    throw misfit(text, 'a timestamp with a zone', cause);
  }
}

function misfit(text: string, expected: string, cause?: unknown): QueryServiceError {
  return new QueryServiceError(`Athena answers ${JSON.stringify(text)} for ${expected}`, { cause });
}
