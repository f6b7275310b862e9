import type { Column, ColumnKind } from './column.ts';
import { createTextBuilder, finishText, type TextBuilder } from './text-builder.ts';
import { type DataType, parseDecimalType } from './types.ts';

/**
 * One column while it grows: the arrays of `Column`, with room to spare. `words` are the 32-bit halves of an int64
 * column's slots, low half first, so that a double becomes an int64 without a BigInt. `validity` appears with the first
 * null.
 */
export type ColumnBuilder =
  | TextBuilder
  | ({ readonly type: DataType; validity: Uint8Array | undefined } & (
      | { readonly kind: 'float64'; values: Float64Array }
      | { readonly kind: 'float32'; values: Float32Array }
      | { readonly kind: 'int32'; values: Int32Array }
      | { readonly kind: 'int64'; values: BigInt64Array; words: Int32Array }
      | { readonly kind: 'boolean'; values: Uint8Array }
      | { readonly kind: 'bytes'; values: (Uint8Array | undefined)[] }
      | { readonly kind: 'bigint'; values: (bigint | undefined)[] }
      | { readonly kind: 'nested'; values: unknown[] }
    ));

export type Int64Builder = Extract<ColumnBuilder, { kind: 'int64' }>;

const TWO_32 = 2 ** 32;

const INT64_DECIMAL_DIGITS = 18;

/** How the values of a Delta type lie in memory (the table at `ColumnValues`). */
export function columnKindOf(type: DataType): ColumnKind {
  switch (type) {
    case 'double':
      return 'float64';
    case 'float':
      return 'float32';
    case 'integer':
    case 'short':
    case 'byte':
    case 'date':
      return 'int32';
    case 'long':
    case 'timestamp':
    case 'timestamp_ntz':
      return 'int64';
    case 'boolean':
      return 'boolean';
    case 'string':
      return 'text';
    case 'binary':
      return 'bytes';
    default: {
      const decimal = parseDecimalType(type);
      if (decimal === undefined) return 'nested';
      return decimal.precision <= INT64_DECIMAL_DIGITS ? 'int64' : 'bigint';
    }
  }
}

export function createColumnBuilder(type: DataType, capacity: number): ColumnBuilder {
  const kind = columnKindOf(type);
  switch (kind) {
    case 'float64':
      return { kind, type, validity: undefined, values: new Float64Array(capacity) };
    case 'float32':
      return { kind, type, validity: undefined, values: new Float32Array(capacity) };
    case 'int32':
      return { kind, type, validity: undefined, values: new Int32Array(capacity) };
    case 'int64': {
      const values = new BigInt64Array(capacity);
      return { kind, type, validity: undefined, values, words: new Int32Array(values.buffer) };
    }
    case 'boolean':
      return { kind, type, validity: undefined, values: new Uint8Array(capacity) };
    case 'text':
      return createTextBuilder(capacity);
    case 'bytes':
      return { kind, type, validity: undefined, values: [] };
    case 'bigint':
      return { kind, type, validity: undefined, values: [] };
    case 'nested':
      return { kind, type, validity: undefined, values: [] };
  }
}

export function growColumn(column: ColumnBuilder, capacity: number): void {
  if (column.validity !== undefined) {
    const validity = new Uint8Array(capacity).fill(1, column.validity.length);
    validity.set(column.validity);
    column.validity = validity;
  }
  switch (column.kind) {
    case 'float64':
      column.values = enlarge(new Float64Array(capacity), column.values);
      break;
    case 'float32':
      column.values = enlarge(new Float32Array(capacity), column.values);
      break;
    case 'int32':
      column.values = enlarge(new Int32Array(capacity), column.values);
      break;
    case 'boolean':
      column.values = enlarge(new Uint8Array(capacity), column.values);
      break;
    case 'int64': {
      const values = new BigInt64Array(capacity);
      values.set(column.values);
      column.values = values;
      column.words = new Int32Array(values.buffer);
      break;
    }
    case 'text':
      if (column.codes !== undefined) column.codes = enlarge(new Int32Array(capacity), column.codes);
      break;
    case 'bytes':
    case 'bigint':
    case 'nested':
      break;
  }
}

function enlarge<T extends Float64Array | Float32Array | Int32Array | Uint8Array>(larger: T, values: T): T {
  larger.set(values);
  return larger;
}

/** Makes the slot null. `capacity` slots of validity are allocated where this is the first null. */
export function setNull(column: ColumnBuilder, row: number, capacity: number): void {
  column.validity ??= new Uint8Array(capacity).fill(1);
  column.validity[row] = 0;
  // lists have no holes: a slot that is skipped would turn the array into a slow one
  if (Array.isArray(column.values)) column.values[row] = undefined;
}

/** Marks the slot as holding a value: needed where a null stood there in a row that was given up. */
export function setValid(column: ColumnBuilder, row: number): void {
  if (column.validity !== undefined) column.validity[row] = 1;
}

/** Writes a whole number of at most 2^53 into an int64 slot. */
export function setInt64(column: Int64Builder, row: number, value: number): void {
  const high = Math.floor(value / TWO_32);
  column.words[2 * row] = value - high * TWO_32;
  column.words[2 * row + 1] = high;
}

/** Writes milliseconds as microseconds: exact where milliseconds times 1,000 would pass 2^53 (after the year 2255). */
export function setMicrosOfMillis(column: Int64Builder, row: number, millis: number): void {
  const high = Math.floor(millis / TWO_32);
  const low = (millis - high * TWO_32) * 1000;
  const carry = Math.floor(low / TWO_32);
  column.words[2 * row] = low - carry * TWO_32;
  column.words[2 * row + 1] = high * 1000 + carry;
}

/** The column's first `length` slots, on the same memory. */
export function finishColumn(column: ColumnBuilder, length: number): Column {
  const validity = finishValidity(column.validity, length);
  const { type } = column;
  switch (column.kind) {
    case 'float64':
      return { kind: column.kind, type, validity, values: column.values.subarray(0, length) };
    case 'float32':
      return { kind: column.kind, type, validity, values: column.values.subarray(0, length) };
    case 'int32':
      return { kind: column.kind, type, validity, values: column.values.subarray(0, length) };
    case 'int64':
      return { kind: column.kind, type, validity, values: column.values.subarray(0, length) };
    case 'boolean':
      return { kind: column.kind, type, validity, values: column.values.subarray(0, length) };
    case 'text':
      return finishText(column, length, validity);
    case 'bytes':
      column.values.length = length;
      return { kind: column.kind, type, validity, values: column.values };
    case 'bigint':
      column.values.length = length;
      return { kind: column.kind, type, validity, values: column.values };
    case 'nested':
      column.values.length = length;
      return { kind: column.kind, type, validity, values: column.values };
  }
}

function finishValidity(validity: Uint8Array | undefined, length: number): Uint8Array | undefined {
  const used = validity?.subarray(0, length);
  return used?.includes(0) ? used : undefined;
}
