import { ORIGIN, PARTITION_COLUMN, PAYLOAD } from '../columns/reserved.ts';
import {
  field,
  parseDecimalType,
  type PrimitiveType,
  struct,
  type StructField,
  type StructType,
} from '../columns/types.ts';
import { TributaryError } from '../errors.ts';
import type { Measure, Model, Partition, Rollup, Table } from './model.ts';

/** The columns that every rollup has beside its groups and measures. */
export const ROLLUP = { start: 'window_start', end: 'window_end', asOf: 'as_of', final: 'final' } as const;

const ORIGIN_FIELDS: readonly StructField[] = [
  field(ORIGIN.topic, 'string'),
  field(ORIGIN.arrivedAt, 'timestamp'),
  field(ORIGIN.stream, 'string'),
  field(ORIGIN.shard, 'string'),
  field(ORIGIN.position, 'string'),
  field(ORIGIN.index, 'integer'),
];

/** The types of the origin columns that definitions may name beside a table's own. */
const ORIGIN_TYPES: ReadonlyMap<string, PrimitiveType> = new Map([
  [ORIGIN.topic, 'string'],
  [ORIGIN.arrivedAt, 'timestamp'],
]);

/** A raw table: its own columns as defined, the payload where it is kept, the origin, the partition column. */
export function tableSchema(table: Table): StructType {
  return struct([
    ...table.columns.map(({ name, type }) => field(name, type)),
    ...(table.keepPayload ? [field(PAYLOAD, 'binary')] : []),
    ...ORIGIN_FIELDS,
    ...partitionFields(table.partition),
  ]);
}

/** The partition columns of a raw table or a rollup: one, or none. */
export function partitionColumns({ partition }: { readonly partition: Partition }): readonly string[] {
  return partition === 'none' ? [] : [PARTITION_COLUMN[partition]];
}

function partitionFields(partition: Partition): StructField[] {
  return partitionColumns({ partition }).map((name) => field(name, 'date'));
}

/** A rollup over its source: window, groups, measures, what it was made from, the partition column. */
export function rollupSchema(rollup: Rollup, source: Table): StructType {
  return struct([
    field(ROLLUP.start, 'timestamp'),
    field(ROLLUP.end, 'timestamp'),
    ...rollup.by.map((name) => field(name, columnType(source, name))),
    ...Object.entries(rollup.measures).map(([name, measure]) => field(name, measureType(measure, source))),
    field(ROLLUP.asOf, 'timestamp'),
    field(ROLLUP.final, 'boolean'),
    ...partitionFields(rollup.partition),
  ]);
}

/** A model: its columns as defined, the partition column. */
export function modelSchema({ columns, partition }: Model): StructType {
  return struct([...columns.map(({ name, type }) => field(name, type)), ...partitionFields(partition)]);
}

/** The type of a measure over a column of the source. Sums of whole numbers are longs, of decimals as wide as there are. */
export function measureType(measure: Measure, source: Table): PrimitiveType {
  switch (measure.kind) {
    case 'count':
      return 'long';
    case 'avg':
    case 'stddev':
      return 'double';
    case 'sum':
      return sumType(columnType(source, measure.column));
    case 'min':
    case 'max':
    case 'first':
    case 'last':
    case 'p50':
    case 'p90':
    case 'p99':
      return columnType(source, measure.column);
  }
}

function sumType(type: PrimitiveType): PrimitiveType {
  if (type === 'double' || type === 'float') return 'double';
  const decimal = parseDecimalType(type);
  return decimal === undefined ? 'long' : `decimal(38,${decimal.scale})`;
}

function columnType({ fleet, name: table, columns }: Table, name: string): PrimitiveType {
  const type = columns.find((column) => column.name === name)?.type ?? ORIGIN_TYPES.get(name);
  if (type === undefined) throw new TributaryError(`table ${fleet}.${table} has no column ${name}`);
  return type;
}

/** One row a message that could not (wholly) become rows: its origin, the reasons, its bytes, and what became of it. */
export const quarantineSchema: StructType = struct([
  ...ORIGIN_FIELDS,
  field('reason', 'string'),
  field('detail', 'string'),
  field('failures', 'string'),
  field('payload', 'binary'),
  field('resolved_at', 'timestamp'),
  field('resolution', 'string'),
  ...partitionFields('day'),
]);

export const quarantinePartitionColumns = partitionColumns({ partition: 'day' });
