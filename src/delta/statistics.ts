import { formatDate } from '../columns/calendar.ts';
import { canonicalJson } from '../columns/canonical.ts';
import type { Column, ColumnBatch } from '../columns/column.ts';
import type { DataType, StructType } from '../columns/types.ts';
import { type Bounds, boundsOf } from '../parquet/bounds.ts';
import { columnOfValues } from '../parquet/column-values.ts';
import type { ColumnSummary } from '../parquet/encode-parquet.ts';
import { countValues, flatLeaf } from '../parquet/leaf.ts';
import { isBelow } from '../parquet/text-order.ts';
import { textMaximum, textMinimum } from './text-bounds.ts';

/** JSON texts: numbers of any length go through no double. Undefined: the bound is left out. */
type BoundTexts = { readonly min: string | undefined; readonly max: string | undefined };
type ColumnStats = BoundTexts & { readonly nullCount: string };

/** The years that every reader's date parser takes. */
const FIRST_DAY = -719_162;
const LAST_DAY = 2_932_896;
const MICROS_PER_DAY = 86_400_000_000n;

const NO_BOUNDS: BoundTexts = { min: undefined, max: undefined };

/**
 * A file's statistics as the log wants them ("Per-file Statistics"): exact, but for text, which is cut to a prefix.
 * Left out are bounds of what has no order there (binary, boolean, lists, maps) and of floats among which there is a NaN
 * or an infinity.
 *
 * @param summaries what encoding the same rows has seen, column by column
 */
export function computeStatistics(
  batch: ColumnBatch,
  summaries: readonly (ColumnSummary | undefined)[],
): string {
  const { nullCount, minValues, maxValues } = structStats(batch.schema, batch.columns, summaries);
  return `{"numRecords":${batch.length},"minValues":${minValues},"maxValues":${maxValues},"nullCount":${nullCount}}`;
}

function structStats(
  { fields }: StructType,
  columns: readonly Column[],
  summaries: readonly (ColumnSummary | undefined)[],
) {
  const nullCount: string[] = [];
  const minValues: string[] = [];
  const maxValues: string[] = [];
  fields.forEach(({ name }, i) => {
    const key = `${JSON.stringify(name)}:`;
    const stats = columnStats(columns[i]!, summaries[i]);
    nullCount.push(key + stats.nullCount);
    if (stats.min !== undefined) minValues.push(key + stats.min);
    if (stats.max !== undefined) maxValues.push(key + stats.max);
  });
  return { nullCount: object(nullCount), minValues: object(minValues), maxValues: object(maxValues) };
}

function object(members: readonly string[]): string {
  return `{${members.join(',')}}`;
}

function columnStats(column: Column, known: ColumnSummary | undefined): ColumnStats {
  if (column.kind === 'nested') return nestedStats(column.type, column.values);
  const { nulls, bounds } = known ?? summarize(column);
  return { nullCount: String(nulls), ...boundTexts(column.type, mergeBounds(bounds)) };
}

function summarize(column: Exclude<Column, { readonly kind: 'nested' }>): ColumnSummary {
  const { count, present } = flatLeaf('', column);
  const bounds = boundsOf(present);
  return { nulls: count - countValues(present), bounds: bounds === undefined ? [] : [bounds] };
}

/** A struct's statistics mirror the schema; a struct that is null counts as null in all its members. */
function nestedStats(type: DataType, values: readonly unknown[]): ColumnStats {
  if (typeof type === 'string' || type.type !== 'struct') {
    return {
      nullCount: String(values.filter((value) => value === undefined || value === null).length),
      ...NO_BOUNDS,
    };
  }
  const columns = type.fields.map((field) => {
    const members = values.map(
      (value) => (value as Readonly<Record<string, unknown>> | null | undefined)?.[field.name],
    );
    return columnOfValues(field.type, [members], members.length, undefined);
  });
  const { nullCount, minValues, maxValues } = structStats(type, columns, []);
  return { nullCount, min: unlessEmpty(minValues), max: unlessEmpty(maxValues) };
}

function unlessEmpty(text: string): string | undefined {
  return text === '{}' ? undefined : text;
}

function mergeBounds(all: readonly Bounds[]): Bounds | undefined {
  return all.reduce<Bounds | undefined>((merged, bounds) => {
    if (merged === undefined) return bounds;
    return {
      min: isLess(bounds.min, merged.min) ? bounds.min : merged.min,
      max: isLess(merged.max, bounds.max) ? bounds.max : merged.max,
      finite: merged.finite && bounds.finite,
    };
  }, undefined);
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
