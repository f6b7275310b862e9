import { canonicalText } from '../columns/canonical.ts';
import { type DataType, parseDecimalType, type StructType } from '../columns/types.ts';
import { DeltaError } from './errors.ts';
import { primitiveOf } from './plain-primitives.ts';
import { describeType } from './table-schema.ts';

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
