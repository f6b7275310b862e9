import type { DataType, StructField } from '../columns/types.ts';
import { fileName, type MatchBy } from '../parquet/schema-match.ts';
import type { AddFile } from './actions.ts';
import { columnMatching } from './column-mapping.ts';
import { DeltaError } from './errors.ts';
import { parsePartitionValue, parseText } from './partition-parse.ts';
import { type FileStats, parseStats } from './stats.ts';
import type { TableState } from './table-state.ts';
import { isBelow } from '../parquet/text-order.ts';

/** Text, a number, or an int64 in its own unit; a plain number for a timestamp is milliseconds. */
export type Bound = string | number | bigint;

/** Rows whose column lies between `min` and `max`, both included; null never does. */
export type ColumnRange = { readonly column: string; readonly min?: Bound; readonly max?: Bound };

/**
 * Whether a file may hold rows within all the ranges, by its partition values and statistics. What is not known is
 * not pruned: the caller looks at the rows.
 *
 * @throws DeltaError where a range names no column
 */
export function fileFilter(state: TableState, where: readonly ColumnRange[]): (add: AddFile) => boolean {
  const matchBy = columnMatching(state);
  const tests = where.map((range) => {
    const field = state.schema.fields.find(({ name }) => name === range.column);
    if (field === undefined) throw new DeltaError(`the table has no column ${range.column}`);
    const isPartition = state.metadata.partitionColumns.includes(field.name);
    const [min, max] = [normalizeBound(range.min, field.type), normalizeBound(range.max, field.type)];
    return (add: AddFile, stats: FileStats) => {
      const bounds = isPartition
        ? partitionBounds(add, field, matchBy)
        : statisticBounds(stats, field, matchBy);
      if (bounds === 'none') return false;
      const beyond = max !== undefined && bounds.min !== undefined && isLess(max, bounds.min);
      const before = min !== undefined && bounds.max !== undefined && isLess(bounds.max, min);
      return !beyond && !before;
    };
  });
  if (tests.length === 0) return () => true;
  return (add) => {
    const stats = parseStats(add);
    return tests.every((test) => test(add, stats));
  };
}

/**
 * A value of the column, in the form that its slots have, below which none of the file lies; undefined where the file may
 * hold nulls, which come first, or says nothing.
 */
export function leastValue(state: TableState, add: AddFile, column: string): Bound | undefined {
  const field = state.schema.fields.find(({ name }) => name === column);
  if (field === undefined) throw new DeltaError(`the table has no column ${column}`);
  const stats = parseStats(add);
  const matchBy = columnMatching(state);
  if (stats.nullCount?.[fileName(field, matchBy)] !== 0) return undefined;
  const bounds = statisticBounds(stats, field, matchBy);
  return bounds === 'none' ? undefined : bounds.min;
}

/** 'none': nothing but nulls. */
type FileBounds = 'none' | { readonly min: Bound | undefined; readonly max: Bound | undefined };

function partitionBounds(add: AddFile, field: StructField, matchBy: MatchBy): FileBounds {
  const value = parsePartitionValue(add, fileName(field, matchBy), field.type);
  if (value === null) return 'none';
  const bound = isBound(value) ? value : undefined;
  return { min: bound, max: bound };
}

function statisticBounds(stats: FileStats, field: StructField, matchBy: MatchBy): FileBounds {
  const name = fileName(field, matchBy);
  const { numRecords, nullCount, minValues, maxValues } = stats;
  if (numRecords !== undefined && nullCount?.[name] === numRecords) return 'none';
  const min = parseBound(minValues?.[name], field.type);
  const max = parseBound(maxValues?.[name], field.type);
  const isTime = field.type === 'timestamp' || field.type === 'timestamp_ntz';
  // writers cut a maximum to milliseconds
  return { min, max: isTime && typeof max === 'bigint' ? max + 999n : max };
}

function parseBound(value: unknown, type: DataType): Bound | undefined {
  switch (type) {
    case 'string':
      return typeof value === 'string' ? value : undefined;
    case 'date':
    case 'timestamp':
    case 'timestamp_ntz': {
      const parsed = typeof value === 'string' ? parseText(value, type) : undefined;
      return isBound(parsed) ? parsed : undefined;
    }
    case 'long':
    case 'integer':
    case 'short':
    case 'byte':
      // beyond 2^53 JSON's numbers came through a double
      return Number.isSafeInteger(value) ? (value as number) : undefined;
    case 'double':
    case 'float':
      return typeof value === 'number' ? value : undefined;
    default:
      return undefined;
  }
}

function normalizeBound(bound: Bound | undefined, type: DataType): Bound | undefined {
  const isTime = type === 'timestamp' || type === 'timestamp_ntz';
  return isTime && typeof bound === 'number' ? BigInt(Math.floor(bound)) * 1000n : bound;
}

function isBound(value: unknown): value is Bound {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint';
}

function isLess(a: Bound, b: Bound): boolean {
  if (typeof a === 'string' && typeof b === 'string') return isBelow(a, b);
  if (typeof a === 'string' || typeof b === 'string') return false;
  return a < b;
}
