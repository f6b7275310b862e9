import { formatDate, MS_PER_DAY } from '../columns/calendar.ts';
import { type DataType, parseDecimalType } from '../columns/types.ts';
import { parseText } from './partition-parse.ts';

const RANGES: Readonly<Record<string, number>> = { byte: 2 ** 7, short: 2 ** 15, integer: 2 ** 31 };
const DATE = /^\d{4,}-\d\d-\d\d$/;
const TIME =
  /^(\d{4,}-\d\d-\d\d)[T ](?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,6})?)?(Z|[+-](?:[01]\d):?[0-5]\d)?$/;
const DECIMAL = /^[+-]?\d+(?:\.\d+)?$/;

/** The canonical value of a plain type; undefined where what is given is none of the type. */
export function primitiveOf(type: string, value: unknown): unknown {
  switch (type) {
    case 'string':
      // a lone surrogate has no bytes in UTF-8: it is written as U+FFFD
      return typeof value === 'string' ? value.toWellFormed() : undefined;
    case 'boolean':
      return typeof value === 'boolean' ? value : undefined;
    case 'byte':
    case 'short':
    case 'integer':
      return smallInteger(value, RANGES[type]!);
    case 'long':
      if (typeof value === 'bigint') return BigInt.asIntN(64, value) === value ? value : undefined;
      return Number.isSafeInteger(value) ? BigInt(value as number) : undefined;
    case 'double':
      return typeof value === 'number' ? value : undefined;
    case 'float':
      return typeof value === 'number' ? Math.fround(value) : undefined;
    case 'date':
      return dateOf(value);
    case 'timestamp':
    case 'timestamp_ntz':
      return timeOf(type, value);
    case 'binary':
      return value instanceof Uint8Array ? value : undefined;
    default:
      return decimalOf(type as DataType, value);
  }
}

function smallInteger(value: unknown, range: number): number | undefined {
  const number = typeof value === 'bigint' ? Number(value) : value;
  return Number.isInteger(number) && (number as number) >= -range && (number as number) < range
    ? (number as number)
    : undefined;
}

function dateOf(value: unknown): number | undefined {
  if (value instanceof Date) {
    const days = value.getTime() / MS_PER_DAY;
    return Number.isInteger(days) ? days : undefined;
  }
  return typeof value === 'string' && isDate(value) ? (parseText(value, 'date') as number) : undefined;
}

/** A day of the calendar: the 30th of February is none. */
function isDate(text: string): boolean {
  return DATE.test(text) && formatDate(parseText(text, 'date') as number).replace(/^\+0*/, '') === text;
}

function timeOf(type: 'timestamp' | 'timestamp_ntz', value: unknown): bigint | undefined {
  if (value instanceof Date) {
    const millis = value.getTime();
    return type === 'timestamp' && !Number.isNaN(millis) ? BigInt(millis) * 1000n : undefined;
  }
  const match = typeof value === 'string' ? TIME.exec(value) : null;
  if (match === null || !isDate(match[1]!)) return undefined;
  if ((match[2] === undefined) === (type === 'timestamp')) return undefined;
  const micros = parseText(value as string, type) as bigint;
  return BigInt.asIntN(64, micros) === micros ? micros : undefined;
}

function decimalOf(type: DataType, value: unknown): bigint | undefined {
  const decimal = parseDecimalType(type);
  const isNumeric = typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint';
  if (decimal === undefined || !isNumeric || !DECIMAL.test(String(value))) return undefined;
  const unscaled = parseText(String(value), type) as bigint | undefined;
  const limit = 10n ** BigInt(decimal.precision);
  return unscaled !== undefined && unscaled < limit && unscaled > -limit ? unscaled : undefined;
}
