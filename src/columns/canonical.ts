import { TributaryError } from '../errors.ts';
import { formatDate, formatMicros } from './calendar.ts';
import type { Column, ColumnBatch } from './column.ts';
import { type DataType, parseDecimalType } from './types.ts';

/**
 * One form of a value for everybody who prints or compares rows.
 *
 * The canonical JavaScript value of a Delta type, which is also what the leaves of nested columns are:
 *
 * | type                     | value                                                   | JSON text                                   |
 * |--------------------------|---------------------------------------------------------|---------------------------------------------|
 * | string                   | string                                                  | string                                      |
 * | integer, short, byte     | number                                                  | number                                      |
 * | long                     | bigint                                                  | number, every digit                         |
 * | double, float            | number (a float's value as a double)                    | number; "NaN", "Infinity", "-Infinity"      |
 * | boolean                  | boolean                                                 | true, false                                 |
 * | date                     | number, days since 1970-01-01                           | "2013-01-01"                                |
 * | timestamp                | bigint, microseconds since the epoch                    | "2013-01-01T06:00:00.000000Z"               |
 * | timestamp_ntz            | bigint, microseconds since 1970-01-01T00:00 on the wall | "2013-01-01T06:00:00.000000"                |
 * | decimal(p,s)             | bigint, the unscaled value                              | number with s digits after the point        |
 * | binary                   | Uint8Array                                              | base64                                      |
 * | array                    | array                                                   | array                                       |
 * | map                      | Map                                                     | object; a key is the text of its value      |
 * | struct                   | plain object by field names                             | object, fields in the order of the schema   |
 *
 * What is absent is undefined or null in JavaScript and null in JSON, struct fields included.
 */
export function canonicalValue(column: Column, row: number): unknown {
  if (column.validity?.[row] === 0) return undefined;
  return column.kind === 'boolean' ? column.values[row] === 1 : column.values[row];
}

/** The JSON text of a row, columns in the order of the schema. */
export function canonicalRow(batch: ColumnBatch, row: number): string {
  const members = batch.schema.fields.map(({ name, type }, i) => {
    return `${JSON.stringify(name)}:${canonicalJson(type, canonicalValue(batch.columns[i]!, row))}`;
  });
  return `{${members.join(',')}}`;
}

/** Every row as one line of JSON, without line ends. */
export function* ndjsonRows(batch: ColumnBatch): Generator<string> {
  for (let row = 0; row < batch.length; row++) yield canonicalRow(batch, row);
}

/** The JSON text of a canonical value. */
export function canonicalJson(type: DataType, value: unknown): string {
  if (value === undefined || value === null) return 'null';
  if (typeof type === 'string') {
    switch (type) {
      case 'integer':
      case 'short':
      case 'byte':
      case 'long':
      case 'boolean':
        return String(value);
      case 'double':
      case 'float':
        return formatDouble(value as number);
      case 'string':
      case 'date':
      case 'timestamp':
      case 'timestamp_ntz':
      case 'binary':
        return JSON.stringify(canonicalText(type, value));
      default:
        return canonicalText(type, value);
    }
  }
  switch (type.type) {
    case 'array':
      return `[${(value as readonly unknown[]).map((item) => canonicalJson(type.elementType, item)).join(',')}]`;
    case 'map': {
      const members = Array.from(value as ReadonlyMap<unknown, unknown>, ([key, item]) => {
        return `${JSON.stringify(canonicalText(type.keyType, key))}:${canonicalJson(type.valueType, item)}`;
      });
      return `{${members.join(',')}}`;
    }
    case 'struct': {
      const members = type.fields.map((field) => {
        const item = (value as Readonly<Record<string, unknown>>)[field.name];
        return `${JSON.stringify(field.name)}:${canonicalJson(field.type, item)}`;
      });
      return `{${members.join(',')}}`;
    }
  }
}

/** The bare text of a canonical value that is there: what a cell of a table shows. Nested values are their JSON text. */
export function canonicalText(type: DataType, value: unknown): string {
  switch (type) {
    case 'string':
      return value as string;
    case 'date':
      return formatDate(value as number);
    case 'timestamp':
      return `${formatMicros(value as bigint)}Z`;
    case 'timestamp_ntz':
      return formatMicros(value as bigint);
    case 'binary':
      return Buffer.from(value as Uint8Array).toString('base64');
    case 'double':
    case 'float':
      return Number.isFinite(value) ? formatDouble(value as number) : String(value);
    case 'long':
    case 'integer':
    case 'short':
    case 'byte':
    case 'boolean':
      return String(value);
    default: {
      const decimal = parseDecimalType(type);
      if (decimal !== undefined) return formatDecimal(value as bigint, decimal.scale);
      if (typeof type === 'string')
        throw new TributaryError(`a value of the unknown type ${type} has no text`);
      return canonicalJson(type, value);
    }
  }
}

/** Every row as the texts of its cells; undefined is null. */
export function* textRows(batch: ColumnBatch): Generator<(string | undefined)[]> {
  const { fields } = batch.schema;
  for (let row = 0; row < batch.length; row++) {
    yield batch.columns.map((column, i) => {
      const value = canonicalValue(column, row);
      return value === undefined || value === null ? undefined : canonicalText(fields[i]!.type, value);
    });
  }
}

/** A line of CSV (RFC 4180) without its line end. A null is an empty cell, an empty text a quoted one. */
export function csvLine(cells: readonly (string | undefined)[]): string {
  return cells.map(csvCell).join(',');
}

function csvCell(cell: string | undefined): string {
  if (cell === undefined) return '';
  return cell === '' || /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

/** The shortest text that reads back as the same double, -0 included; JSON has no other numbers. */
function formatDouble(value: number): string {
  if (!Number.isFinite(value)) return `"${value}"`;
  return Object.is(value, -0) ? '-0.0' : String(value);
}

function formatDecimal(unscaled: bigint, scale: number): string {
  if (scale <= 0) return String(unscaled * 10n ** BigInt(-scale));
  const negative = unscaled < 0n;
  const digits = String(negative ? -unscaled : unscaled).padStart(scale + 1, '0');
  return `${negative ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}
