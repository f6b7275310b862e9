import { canonicalText } from '../../../src/columns/canonical.ts';
import {
  type DataType,
  type MapType,
  parseDecimalType,
  type StructType,
} from '../../../src/columns/types.ts';

/** A value of Trino's answers as the canonical value of a Delta type (`columns/canonical.ts`). */
export function canonicalOfTrino(value: unknown, type: DataType): unknown {
  if (value === null) return null;
  if (typeof type === 'object') return canonicalNested(value, type);
  const decimal = parseDecimalType(type);
  if (decimal !== undefined) return BigInt((value as string).replace('.', ''));
  switch (type) {
    case 'long':
      return BigInt(value as string);
    case 'double':
      return Number(value);
    case 'float':
      return Math.fround(Number(value));
    case 'integer':
    case 'short':
    case 'byte':
      return Number(value);
    case 'date':
      return Date.parse(value as string) / 86_400_000;
    case 'timestamp':
      return microsOf(value as string);
    case 'binary':
      return Buffer.from(value as string, 'base64');
    default:
      return value;
  }
}

function canonicalNested(value: unknown, type: Exclude<DataType, string>): unknown {
  switch (type.type) {
    case 'array':
      return (value as readonly unknown[]).map((item) => canonicalOfTrino(item, type.elementType));
    case 'map':
      return orderEntries(
        type,
        Object.entries(value as Readonly<Record<string, unknown>>).map(([key, item]) => [
          canonicalOfTrino(key, type.keyType),
          canonicalOfTrino(item, type.valueType),
        ]),
      );
    case 'struct':
      return structOf(value as readonly unknown[], type);
  }
}

/** A canonical value as Trino shows it: maps have no order, timestamps have milliseconds. */
export function asTrinoSees(value: unknown, type: DataType): unknown {
  if (value === null || value === undefined) return value;
  if (type === 'timestamp') return roundToMillis(value as bigint);
  if (typeof type === 'string') return value;
  switch (type.type) {
    case 'array':
      return (value as readonly unknown[]).map((item) => asTrinoSees(item, type.elementType));
    case 'map':
      return orderEntries(
        type,
        Array.from(value as ReadonlyMap<unknown, unknown>, ([key, item]) => [
          asTrinoSees(key, type.keyType),
          asTrinoSees(item, type.valueType),
        ]),
      );
    case 'struct':
      return Object.fromEntries(
        type.fields.map((field) => {
          const item = (value as Readonly<Record<string, unknown>>)[field.name];
          return [field.name, asTrinoSees(item, field.type)];
        }),
      );
  }
}

/** The same of a partition's value, whose timestamps it does not round. */
export function asTrinoTakesPartition(value: unknown, type: DataType): unknown {
  return type === 'timestamp' && typeof value === 'bigint' ? floorToMillis(value) : asTrinoSees(value, type);
}

/** To the nearest, halves up. */
function roundToMillis(micros: bigint): bigint {
  return floorToMillis(micros + 500n);
}

function floorToMillis(micros: bigint): bigint {
  return micros - (((micros % 1000n) + 1000n) % 1000n);
}

function orderEntries(type: MapType, entries: [unknown, unknown][]): ReadonlyMap<unknown, unknown> {
  const textOf = ([key]: readonly [unknown, unknown]) => canonicalText(type.keyType, key);
  return new Map(entries.sort((a, b) => (textOf(a) < textOf(b) ? -1 : 1)));
}

function structOf(values: readonly unknown[], type: StructType): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    type.fields.map((field, i) => [field.name, canonicalOfTrino(values[i], field.type)]),
  );
}

/** `2026-01-01 06:00:00.000000 UTC`, with so many digits after the point as the column has. */
function microsOf(text: string): bigint {
  const [, date, time, fraction = ''] = /^(\S+) (\d\d:\d\d:\d\d)\.?(\d*) UTC$/.exec(text) ?? [];
  return BigInt(Date.parse(`${date}T${time}Z`)) * 1000n + BigInt(fraction.padEnd(6, '0'));
}
