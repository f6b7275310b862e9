import type { Column, ColumnBatch } from '../columns/column.ts';
import { formatDate } from '../columns/calendar.ts';
import { canonicalJson } from '../columns/canonical.ts';
import type { DataType, StructType } from '../columns/types.ts';
import { columnKind } from '../parquet/column-values.ts';
import { textBounds } from './text-bounds.ts';

/** JSON texts: numbers of any length go through no double. Undefined: the bound is left out. */
type Bounds = { readonly min: string | undefined; readonly max: string | undefined };
type ColumnStats = { readonly nullCount: string; readonly bounds: Bounds | undefined };

/** The years that every reader's date parser takes. */
const FIRST_DAY = -719_162;
const LAST_DAY = 2_932_896;
const MICROS_PER_DAY = 86_400_000_000n;

/**
 * A file's statistics as the log wants them ("Per-file Statistics"): exact, but for text, which is cut to a prefix.
 * Left out are bounds of what has no order there (binary, boolean, lists, maps) and of floats among which there is a NaN
 * or an infinity.
 */
export function computeStatistics(batch: ColumnBatch): string {
  return formatStats(batch.length, structStats(batch));
}

type StructStats = { readonly nullCount: string; readonly minValues: string; readonly maxValues: string };

function formatStats(length: number, { nullCount, minValues, maxValues }: StructStats): string {
  return `{"numRecords":${length},"minValues":${minValues},"maxValues":${maxValues},"nullCount":${nullCount}}`;
}

function structStats({ schema, columns }: Pick<ColumnBatch, 'schema' | 'columns'>): StructStats {
  const nullCount: string[] = [];
  const minValues: string[] = [];
  const maxValues: string[] = [];
  schema.fields.forEach(({ name }, i) => {
    const key = `${JSON.stringify(name)}:`;
    const stats = columnStats(columns[i]!);
    nullCount.push(key + stats.nullCount);
    if (stats.bounds?.min !== undefined) minValues.push(key + stats.bounds.min);
    if (stats.bounds?.max !== undefined) maxValues.push(key + stats.bounds.max);
  });
  return { nullCount: object(nullCount), minValues: object(minValues), maxValues: object(maxValues) };
}

function object(members: readonly string[]): string {
  return `{${members.join(',')}}`;
}

function columnStats(column: Column): ColumnStats {
  const { type } = column;
  if (column.kind === 'nested' && typeof type === 'object' && type.type === 'struct')
    return nestedStats(type, column.values);
  const nulls = countNulls(column);
  const bounds = nulls === column.values.length ? undefined : valueBounds(column);
  return { nullCount: String(nulls), bounds };
}

/** A struct's statistics mirror the schema; a struct that is null counts as null in all its members. */
function nestedStats(type: StructType, values: readonly unknown[]): ColumnStats {
  const columns = type.fields.map((field) => {
    return columnOfMembers(
      field.type,
      values.map((value) => (value as Record<string, unknown> | null | undefined)?.[field.name]),
    );
  });
  const { nullCount, minValues, maxValues } = structStats({ schema: type, columns });
  return { nullCount, bounds: { min: unlessEmpty(minValues), max: unlessEmpty(maxValues) } };
}

function unlessEmpty(text: string): string | undefined {
  return text === '{}' ? undefined : text;
}

function columnOfMembers(type: DataType, members: readonly unknown[]): Column {
  const kind = columnKind(type);
  const validity = Uint8Array.from(members, (member) => (member === undefined || member === null ? 0 : 1));
  const present = (zero: unknown) => members.map((member) => member ?? zero);
  switch (kind) {
    case 'float64':
      return { kind, type, validity, values: Float64Array.from(present(0) as number[]) };
    case 'float32':
      return { kind, type, validity, values: Float32Array.from(present(0) as number[]) };
    case 'int32':
      return { kind, type, validity, values: Int32Array.from(present(0) as number[]) };
    case 'boolean':
      return { kind, type, validity, values: Uint8Array.from(present(false) as number[]) };
    case 'int64':
      return { kind, type, validity, values: BigInt64Array.from(present(0n) as bigint[]) };
    default:
      return { kind, type, validity, values: members } as Column;
  }
}

function countNulls({ validity }: Column): number {
  let nulls = 0;
  if (validity !== undefined) for (const valid of validity) nulls += 1 - valid;
  return nulls;
}

/** Of a column with at least one value. */
function valueBounds(column: Column): Bounds | undefined {
  switch (column.kind) {
    case 'float64':
    case 'float32':
      return floatBounds(column.values, column.validity);
    case 'int32': {
      const { min, max } = extremes(column.values, column.validity, (a, b) => a < b);
      return column.type === 'date' ? dateBounds(min, max) : { min: String(min), max: String(max) };
    }
    case 'int64': {
      const { min, max } = int64Extremes(column.values, column.validity);
      if (column.type === 'timestamp' || column.type === 'timestamp_ntz')
        return timestampTexts(column.type, min, max);
      return { min: canonicalJson(column.type, min), max: canonicalJson(column.type, max) };
    }
    case 'bigint': {
      const { min, max } = extremes(column.values as readonly bigint[], column.validity, (a, b) => a < b);
      return { min: canonicalJson(column.type, min), max: canonicalJson(column.type, max) };
    }
    case 'text':
      return textBounds(column.values, column.validity);
    case 'boolean':
    case 'bytes':
    case 'nested':
      return undefined;
  }
}

function extremes<T>(values: ArrayLike<T>, validity: Uint8Array | undefined, less: (a: T, b: T) => boolean) {
  const first = validity === undefined ? 0 : validity.indexOf(1);
  let min = values[first]!;
  let max = min;
  for (let row = first + 1; row < values.length; row++) {
    if (validity !== undefined && validity[row] === 0) continue;
    const value = values[row]!;
    if (less(value, min)) min = value;
    else if (less(max, value)) max = value;
  }
  return { min, max };
}

/** By halves, the high one signed: a BigInt a row would cost many times as much. */
function int64Extremes(values: BigInt64Array, validity: Uint8Array | undefined) {
  const high = new Int32Array(values.buffer, values.byteOffset, 2 * values.length);
  const low = new Uint32Array(values.buffer, values.byteOffset, 2 * values.length);
  let min = validity === undefined ? 0 : validity.indexOf(1);
  let max = min;
  for (let row = min + 1; row < values.length; row++) {
    if (validity !== undefined && validity[row] === 0) continue;
    const [h, l] = [high[2 * row + 1]!, low[2 * row]!];
    if (h < high[2 * min + 1]! || (h === high[2 * min + 1]! && l < low[2 * min]!)) min = row;
    else if (h > high[2 * max + 1]! || (h === high[2 * max + 1]! && l > low[2 * max]!)) max = row;
  }
  return { min: values[min]!, max: values[max]! };
}

function floatBounds(
  values: Float64Array | Float32Array,
  validity: Uint8Array | undefined,
): Bounds | undefined {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (let row = 0; row < values.length; row++) {
    if (validity !== undefined && validity[row] === 0) continue;
    const value = values[row]!;
    if (!Number.isFinite(value)) return undefined;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  // the zeros have an order in Java: the bounds hold whichever of them is there
  return { min: min === 0 ? '-0.0' : String(min), max: max === 0 ? '0.0' : String(max) };
}

function dateBounds(min: number, max: number): Bounds {
  return {
    min: min < FIRST_DAY ? undefined : JSON.stringify(formatDate(min)),
    max: max > LAST_DAY ? undefined : JSON.stringify(formatDate(max)),
  };
}

/** In milliseconds, as readers expect; a maximum that has microseconds would lie above its text, so it is left out. */
function timestampTexts(type: DataType, min: bigint, max: bigint): Bounds {
  if (min < BigInt(FIRST_DAY) * MICROS_PER_DAY || max >= BigInt(LAST_DAY + 1) * MICROS_PER_DAY) {
    return { min: undefined, max: undefined };
  }
  return { min: timestampText(type, min), max: max % 1000n === 0n ? timestampText(type, max) : undefined };
}

function timestampText(type: DataType, micros: bigint): string {
  const millis = (micros - (((micros % 1000n) + 1000n) % 1000n)) / 1000n;
  const iso = new Date(Number(millis)).toISOString();
  return JSON.stringify(type === 'timestamp' ? iso : iso.slice(0, -1));
}
