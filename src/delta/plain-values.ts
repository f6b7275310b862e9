import { formatDate, MS_PER_DAY } from '../columns/calendar.ts';
import { canonicalText } from '../columns/canonical.ts';
import { type DataType, parseDecimalType, type StructType } from '../columns/types.ts';
import { DeltaError } from './errors.ts';
import { parseText } from './partition-parse.ts';
import { describeType } from './table-schema.ts';

const RANGES: Readonly<Record<string, number>> = { byte: 2 ** 7, short: 2 ** 15, integer: 2 ** 31 };
const DATE = /^\d{4,}-\d\d-\d\d$/;
const TIME =
  /^(\d{4,}-\d\d-\d\d)[T ](?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,6})?)?(Z|[+-](?:[01]\d):?[0-5]\d)?$/;
const DECIMAL = /^[+-]?\d+(?:\.\d+)?$/;

/** What a value of each type may be given as, for messages. */
const FORMS: Readonly<Record<string, string>> = {
  string: 'give a string',
  boolean: 'give true or false',
  byte: 'give a whole number from -128 to 127',
  short: 'give a whole number from -32768 to 32767',
  integer: 'give a whole number of 32 bits',
  long: 'give a bigint of 64 bits, or a whole number up to 2^53',
  double: 'give a number',
  float: 'give a number',
  date: "give 'YYYY-MM-DD', or a Date at midnight UTC",
  timestamp:
    "give a Date, or ISO 8601 text with a zone and at most six digits of a second, as in '2026-01-31T08:00:00.000Z'",
  timestamp_ntz:
    "give ISO 8601 text without a zone and with at most six digits of a second, as in '2026-01-31T08:00:00.000'",
  binary: 'give a Uint8Array',
  array: 'give an array',
  map: 'give a Map, or an object where the keys are text',
  struct: 'give an object',
};

/**
 * The canonical value (`columns/canonical.ts`) of what people write in JavaScript:
 *
 * | type                         | taken                                                    | handed out           |
 * |------------------------------|----------------------------------------------------------|----------------------|
 * | string                       | string                                                   | string               |
 * | byte, short, integer         | whole number                                             | number               |
 * | long                         | bigint, whole number up to 2^53                          | bigint               |
 * | double, float                | number                                                   | number               |
 * | boolean                      | boolean                                                  | boolean              |
 * | date                         | `'2026-01-31'`, Date at midnight UTC                     | `'2026-01-31'`       |
 * | timestamp                    | Date, ISO 8601 text with a zone                          | ISO 8601 text, UTC, with microseconds |
 * | decimal                      | text, number, bigint, where every digit fits             | text, every digit    |
 * | binary                       | Uint8Array                                               | Uint8Array           |
 * | array, map, struct           | array, Map (or an object for text keys), object          | array, Map, object   |
 *
 * What is null or undefined is null. Nothing is rounded or cut, but for a float, which takes the nearest.
 *
 * @param path of the column, for the message
 * @throws DeltaError where the value is none of the type
 */
export function fromPlain(type: DataType, value: unknown, path: string): unknown {
  if (value === undefined || value === null) return null;
  const canonical = typeof type === 'string' ? primitiveOf(type, value) : nestedOf(type, value, path);
  if (canonical !== undefined) return canonical;
  const kind =
    typeof type === 'string' ? (parseDecimalType(type) === undefined ? type : 'decimal') : type.type;
  const form = FORMS[kind] ?? `give text such as '12.34' that fits ${describeType(type)} with every digit`;
  throw new DeltaError(`column ${path}: ${describeValue(value)} is no ${describeType(type)}: ${form}`);
}

/** A canonical value as people read it in JavaScript: the form that `fromPlain` takes back without loss. */
export function toPlain(type: DataType, value: unknown): unknown {
  if (value === undefined || value === null) return null;
  if (typeof type === 'string') {
    const isText = type === 'date' || type === 'timestamp' || type === 'timestamp_ntz';
    return isText || parseDecimalType(type) !== undefined ? canonicalText(type, value) : value;
  }
  switch (type.type) {
    case 'array':
      return (value as readonly unknown[]).map((item) => toPlain(type.elementType, item));
    case 'map':
      return new Map(
        Array.from(value as ReadonlyMap<unknown, unknown>, ([key, item]) => [
          toPlain(type.keyType, key),
          toPlain(type.valueType, item),
        ]),
      );
    case 'struct': {
      const members = value as Readonly<Record<string, unknown>>;
      return Object.fromEntries(
        type.fields.map((field) => [field.name, toPlain(field.type, members[field.name])]),
      );
    }
  }
}

/** Undefined where the value is none of the type. */
function primitiveOf(type: string, value: unknown): unknown {
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

function nestedOf(type: Exclude<DataType, string>, value: unknown, path: string): unknown {
  switch (type.type) {
    case 'array':
      if (!Array.isArray(value)) return undefined;
      return value.map((item) =>
        present(fromPlain(type.elementType, item, `${path}.element`), type.containsNull, path),
      );
    case 'map': {
      const entries = value instanceof Map ? value : isPlainObject(value) ? Object.entries(value) : undefined;
      if (entries === undefined) return undefined;
      return new Map(
        Array.from(entries as Iterable<[unknown, unknown]>, ([key, item]) => [
          present(fromPlain(type.keyType, key, `${path}.key`), false, `${path}.key`),
          present(fromPlain(type.valueType, item, `${path}.value`), type.valueContainsNull, path),
        ]),
      );
    }
    case 'struct':
      return isPlainObject(value) ? structOf(type, value, `${path}.`) : undefined;
  }
}

/**
 * A row, or a struct, by the names of its fields; what is not named is null.
 * @param prefix before a field's name, for the message
 * @throws DeltaError where a name or a value does not fit
 */
export function structOf(
  { fields }: StructType,
  value: Readonly<Record<string, unknown>>,
  prefix: string,
): Record<string, unknown> {
  const struct: Record<string, unknown> = {};
  let known = 0;
  for (const { name, type, nullable } of fields) {
    // an object has more names than its own
    const isNamed = Object.hasOwn(value, name);
    if (isNamed) known++;
    const plain = isNamed ? value[name] : undefined;
    struct[name] = present(fromPlain(type, plain, prefix + name), nullable, prefix + name);
  }
  if (known === Object.keys(value).length) return struct;
  const unknown = Object.keys(value).find((name) => !fields.some((field) => field.name === name));
  throw new DeltaError(
    `no column ${prefix}${unknown} in the table, but ${fields.map(({ name }) => name).join(', ')}`,
  );
}

function present(value: unknown, nullable: boolean, path: string): unknown {
  if (value === null && !nullable) throw new DeltaError(`column ${path} takes no null`);
  return value;
}

function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return !(value instanceof Map) && !(value instanceof Date) && !ArrayBuffer.isView(value);
}

function describeValue(value: unknown): string {
  if (typeof value === 'bigint') return `${value}n`;
  if (value instanceof Date)
    return Number.isNaN(value.getTime()) ? 'an invalid Date' : `Date ${value.toISOString()}`;
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
  if (typeof value === 'object')
    return Array.isArray(value) ? 'an array' : `a ${value?.constructor?.name ?? 'null'}`;
  return `${typeof value} ${String(value)}`;
}
