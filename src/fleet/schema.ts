import { ORIGIN, PARTITION_COLUMN, PAYLOAD } from '../columns/reserved.ts';
import {
  type DataType,
  field,
  parseDecimalType,
  struct,
  type StructField,
  type StructType,
} from '../columns/types.ts';
import type { Measure, Partition, Rollup, Table } from './model.ts';

const ORIGIN_FIELDS: readonly StructField[] = [
  field(ORIGIN.topic, 'string'),
  field(ORIGIN.arrivedAt, 'timestamp'),
  field(ORIGIN.stream, 'string'),
  field(ORIGIN.shard, 'string'),
  field(ORIGIN.position, 'string'),
  field(ORIGIN.index, 'integer'),
];

/** A raw table's columns: its own, the payload where it is kept, the origin, the partition column. */
export function tableSchema(table: Table): StructType {
  return struct([
    ...table.columns.map((column) => field(column.name, column.type)),
    ...(table.keepPayload ? [field(PAYLOAD, 'binary')] : []),
    ...ORIGIN_FIELDS,
    ...partitionFields(table.partition),
  ]);
}

export function partitionColumns(table: { readonly partition: Partition }): readonly string[] {
  return partitionFields(table.partition).map(({ name }) => name);
}

function partitionFields(partition: Partition): StructField[] {
  return partition === 'none' ? [] : [field(PARTITION_COLUMN[partition], 'date')];
}

/** What a rollup's rows hold: the window, its group, the measures, what they were made from, the partition column. */
export function rollupSchema(rollup: Rollup, source: Table): StructType {
  return struct([
    field('window_start', 'timestamp'),
    field('window_end', 'timestamp'),
    ...rollup.by.map((name) => field(name, columnType(source, name))),
    ...Object.entries(rollup.measures).map(([name, measure]) => field(name, measureType(measure, source))),
    field('as_of', 'timestamp'),
    field('final', 'boolean'),
    ...partitionFields(rollup.partition),
  ]);
}

/** The type that a measure gives over a column of the source. */
export function measureType(measure: Measure, source: Table): DataType {
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

function sumType(type: DataType): DataType {
  if (type === 'double' || type === 'float') return 'double';
  const decimal = parseDecimalType(type);
  return decimal === undefined ? 'long' : `decimal(38,${decimal.scale})`;
}

function columnType(table: Table, name: string): DataType {
  const found = tableSchema(table).fields.find((each) => each.name === name);
  if (found === undefined)
    throw new Error(`${table.fleet}.${table.name} has no column ${name}: definitions are checked before`);
  return found.type;
}

/** One table a lake: what could not become rows, with the origin, byte for byte, and what became of it. */
export const quarantineSchema: StructType = struct([
  ...ORIGIN_FIELDS,
  field('reason', 'string'),
  field('detail', 'string'),
  field('failures', 'string'),
  field('payload', 'binary'),
  field('resolved_at', 'timestamp'),
  field('resolution', 'string'),
  field(PARTITION_COLUMN.day, 'date'),
]);

export const quarantinePartitionColumns: readonly string[] = [PARTITION_COLUMN.day];
