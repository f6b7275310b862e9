import { formatDate } from '../columns/calendar.ts';
import { canonicalJson } from '../columns/canonical.ts';
import type { Column, ColumnBatch } from '../columns/column.ts';
import type { DataType, StructType } from '../columns/types.ts';
import { type Bounds, boundsOf } from '../parquet/bounds.ts';
import { columnOfValues } from '../parquet/column-values.ts';
import type { ColumnSummary, Summaries } from '../parquet/encode-parquet.ts';
import { countValues, flatLeaf } from '../parquet/leaf.ts';
import { isBelow } from '../parquet/text-order.ts';
import { textMaximum, textMinimum } from './text-bounds.ts';

/**
 * What is known of some rows, column by column, in the order of their schema. Statistics of parts of a file add up to those
 * of the file.
 */
export type Statistics = { readonly rows: number; readonly columns: readonly ColumnStatistics[] };

type ColumnStatistics = { readonly name: string; readonly type: DataType } & (
  | { readonly kind: 'plain'; readonly nulls: number; readonly bounds: Bounds | undefined }
  /** a struct's statistics mirror the schema */
  | { readonly kind: 'struct'; readonly members: readonly ColumnStatistics[] }
);

/** JSON texts: numbers of any length go through no double. Undefined: the bound is left out. */
type BoundTexts = { readonly min: string | undefined; readonly max: string | undefined };

/** The years that every reader's date parser takes. */
const FIRST_DAY = -719_162;
const LAST_DAY = 2_932_896;
const MICROS_PER_DAY = 86_400_000_000n;

const NO_BOUNDS: BoundTexts = { min: undefined, max: undefined };

/** @param summaries what encoding the same rows has seen, column by column */
export function collectStatistics(batch: ColumnBatch, summaries: Summaries): Statistics {
  return { rows: batch.length, columns: collectColumns(batch.schema, batch.columns, summaries) };
}

/** Of all the rows, whose schemas are the same. */
export function mergeStatistics(a: Statistics, b: Statistics): Statistics {
  return { rows: a.rows + b.rows, columns: mergeColumns(a.columns, b.columns) };
}

/**
 * A file's statistics as the log wants them ("Per-file Statistics"): exact, but for text, which is cut to a prefix.
 * Left out are bounds of what has no order there (binary, boolean, lists, maps) and of floats among which there is a NaN
 * or an infinity.
 */
export function formatStatistics({ rows, columns }: Statistics): string {
  const { nullCount, minValues, maxValues } = formatColumns(columns);
  return `{"numRecords":${rows},"minValues":${minValues},"maxValues":${maxValues},"nullCount":${nullCount}}`;
}

function collectColumns(
  { fields }: StructType,
  columns: readonly Column[],
  summaries: Summaries,
): ColumnStatistics[] {
  return fields.map(({ name, type }, i) => {
    const column = columns[i]!;
    if (column.kind === 'nested') return nestedStatistics(name, type, column.values);
    const { nulls, bounds } = summaries[i] ?? summarize(column);
    return { kind: 'plain', name, type, nulls, bounds: bounds.reduce(mergeBounds, undefined) };
  });
}

function summarize(column: Exclude<Column, { readonly kind: 'nested' }>): ColumnSummary {
  const { count, present } = flatLeaf('', column);
  const bounds = boundsOf(present);
  return { nulls: count - countValues(present), bounds: bounds === undefined ? [] : [bounds] };
}

/** A struct that is null counts as null in all its members. */
function nestedStatistics(name: string, type: DataType, values: readonly unknown[]): ColumnStatistics {
  if (typeof type === 'string' || type.type !== 'struct') {
    const nulls = values.filter((value) => value === undefined || value === null).length;
    return { kind: 'plain', name, type, nulls, bounds: undefined };
  }
  const columns = type.fields.map((field) => {
    const members = values.map(
      (value) => (value as Readonly<Record<string, unknown>> | null | undefined)?.[field.name],
    );
    return columnOfValues(field.type, [members], members.length, undefined);
  });
  return { kind: 'struct', name, type, members: collectColumns(type, columns, []) };
}

function mergeColumns(
  a: readonly ColumnStatistics[],
  b: readonly ColumnStatistics[],
): readonly ColumnStatistics[] {
  return a.map((column, i): ColumnStatistics => {
    const other = b[i]!;
    if (column.kind === 'struct' && other.kind === 'struct')
      return { ...column, members: mergeColumns(column.members, other.members) };
    if (column.kind === 'struct' || other.kind === 'struct') return column;
    const bounds = other.bounds === undefined ? column.bounds : mergeBounds(column.bounds, other.bounds);
    return { ...column, nulls: column.nulls + other.nulls, bounds };
  });
}

function formatColumns(columns: readonly ColumnStatistics[]) {
  const nullCount: string[] = [];
  const minValues: string[] = [];
  const maxValues: string[] = [];
  for (const column of columns) {
    const key = `${JSON.stringify(column.name)}:`;
    const { nulls, min, max } = column.kind === 'struct' ? formatStruct(column.members) : formatPlain(column);
    nullCount.push(key + nulls);
    if (min !== undefined) minValues.push(key + min);
    if (max !== undefined) maxValues.push(key + max);
  }
  return { nullCount: object(nullCount), minValues: object(minValues), maxValues: object(maxValues) };
}

function formatStruct(members: readonly ColumnStatistics[]) {
  const { nullCount, minValues, maxValues } = formatColumns(members);
  return { nulls: nullCount, min: unlessEmpty(minValues), max: unlessEmpty(maxValues) };
}

function formatPlain({ type, nulls, bounds }: Extract<ColumnStatistics, { readonly kind: 'plain' }>) {
  return { nulls: String(nulls), ...boundTexts(type, bounds) };
}

function object(members: readonly string[]): string {
  return `{${members.join(',')}}`;
}

function unlessEmpty(text: string): string | undefined {
  return text === '{}' ? undefined : text;
}

function mergeBounds(merged: Bounds | undefined, bounds: Bounds): Bounds {
  if (merged === undefined) return bounds;
  return {
    min: isLess(bounds.min, merged.min) ? bounds.min : merged.min,
    max: isLess(merged.max, bounds.max) ? bounds.max : merged.max,
    finite: merged.finite && bounds.finite,
  };
}

function isLess(a: Bounds['min'], b: Bounds['min']): boolean {
  return typeof a === 'string' && typeof b === 'string' ? isBelow(a, b) : a < b;
}

function boundTexts(type: DataType, bounds: Bounds | undefined): BoundTexts {
  if (bounds === undefined) return NO_BOUNDS;
  const { min, max, finite } = bounds;
  switch (type) {
    case 'boolean':
      return NO_BOUNDS;
    case 'double':
    case 'float':
      return finite ? { min: canonicalJson(type, min), max: canonicalJson(type, max) } : NO_BOUNDS;
    case 'string':
      return { min: textMinimum(min as string), max: textMaximum(max as string) };
    case 'date':
      return {
        min: (min as number) < FIRST_DAY ? undefined : JSON.stringify(formatDate(min as number)),
        max: (max as number) > LAST_DAY ? undefined : JSON.stringify(formatDate(max as number)),
      };
    case 'timestamp':
    case 'timestamp_ntz':
      return timestampTexts(type, min as bigint, max as bigint);
    default:
      return { min: canonicalJson(type, min), max: canonicalJson(type, max) };
  }
}

/** In milliseconds, as readers expect; a maximum that has microseconds would lie above its text, so it is left out. */
function timestampTexts(type: DataType, min: bigint, max: bigint): BoundTexts {
  if (min < BigInt(FIRST_DAY) * MICROS_PER_DAY || max >= BigInt(LAST_DAY + 1) * MICROS_PER_DAY)
    return NO_BOUNDS;
  return { min: timestampText(type, min), max: max % 1000n === 0n ? timestampText(type, max) : undefined };
}

function timestampText(type: DataType, micros: bigint): string {
  const millis = (micros - (((micros % 1000n) + 1000n) % 1000n)) / 1000n;
  const iso = new Date(Number(millis)).toISOString();
  return JSON.stringify(type === 'timestamp' ? iso : iso.slice(0, -1));
}
