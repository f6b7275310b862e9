import { type DataType, parseDecimalType, type StructField } from '../columns/types.ts';
import { fileName, type MatchBy } from '../parquet/schema-match.ts';
import type { AddFile } from './actions.ts';
import { columnMatching } from './column-mapping.ts';
import { parsePartitionValue, parseText } from './partition-parse.ts';
import type { Canonical } from './predicate.ts';
import { type FileStats, parseStats } from './stats.ts';
import type { TableState } from './table-state.ts';

/**
 * What the log says of a column in a file. No value is below `min` or above `max`; a bound that is not known is undefined.
 * They need not be values of the file: text is cut, deleted rows count.
 */
export type ColumnBounds = {
  readonly min: Canonical | undefined;
  readonly max: Canonical | undefined;
  /** of the column's values; `unknown` where the writer did not say */
  readonly nulls: 'none' | 'some' | 'all' | 'unknown';
  /** NaN may be there beside what the bounds say: some writers pass over it */
  readonly mayHoldNaN: boolean;
};

/** Digits of a decimal that a double carries exactly. */
const DOUBLE_DIGITS = 15;

/** The bounds of a file's columns, by partition value or statistics. */
export function boundsReader(state: TableState): (add: AddFile) => (field: StructField) => ColumnBounds {
  const matchBy = columnMatching(state);
  const partitions = new Set(state.metadata.partitionColumns);
  return (add) => {
    let stats: FileStats | undefined;
    return (field) => {
      if (partitions.has(field.name)) return partitionBounds(add, field, matchBy);
      return statisticBounds((stats ??= parseStats(add)), field, matchBy);
    };
  };
}

function partitionBounds(add: AddFile, field: StructField, matchBy: MatchBy): ColumnBounds {
  const value = parsePartitionValue(add, fileName(field, matchBy), field.type) as Canonical | null;
  return value === null
    ? { min: undefined, max: undefined, nulls: 'all', mayHoldNaN: false }
    : { min: value, max: value, nulls: 'none', mayHoldNaN: false };
}

function statisticBounds(stats: FileStats, field: StructField, matchBy: MatchBy): ColumnBounds {
  const name = fileName(field, matchBy);
  const { numRecords, nullCount, minValues, maxValues } = stats;
  const min = parseBound(minValues?.[name], field.type);
  const max = parseBound(maxValues?.[name], field.type);
  const isTime = field.type === 'timestamp' || field.type === 'timestamp_ntz';
  return {
    min,
    // writers cut a maximum to milliseconds
    max: isTime && typeof max === 'bigint' ? max + 999n : max,
    nulls: nullsOf(nullCount?.[name], numRecords),
    mayHoldNaN: field.type === 'double' || field.type === 'float',
  };
}

function nullsOf(nulls: unknown, rows: number | undefined): ColumnBounds['nulls'] {
  if (typeof nulls !== 'number') return 'unknown';
  if (nulls === 0) return 'none';
  return nulls === rows ? 'all' : 'some';
}

function parseBound(value: unknown, type: DataType): Canonical | undefined {
  switch (type) {
    case 'string':
      return typeof value === 'string' ? value : undefined;
    case 'date':
    case 'timestamp':
    case 'timestamp_ntz': {
      const parsed = typeof value === 'string' ? parseText(value, type) : undefined;
      return typeof parsed === 'number' || typeof parsed === 'bigint' ? parsed : undefined;
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
      return typeof value === 'number' ? decimalBound(value, type) : undefined;
  }
}

function decimalBound(value: number, type: DataType): bigint | undefined {
  const scale = parseDecimalType(type)?.scale;
  if (scale === undefined || scale < 0 || Math.abs(value) * 10 ** scale >= 10 ** DOUBLE_DIGITS)
    return undefined;
  return parseText(value.toFixed(scale), type) as bigint | undefined;
}
