import {
  type DataType,
  parseDecimalType,
  type PrimitiveType,
  type StructField,
  type StructType,
} from '../columns/types.ts';
import { TributaryError } from '../errors.ts';
import { binary, bool, i32, i8, struct, type Thrift } from './thrift.ts';

const PHYSICAL = { boolean: 0, int32: 1, int64: 2, float: 4, double: 5, bytes: 6, fixed: 7 } as const;
const REPETITION = { required: 0, optional: 1, repeated: 2 } as const;
const CONVERTED = {
  utf8: 0,
  map: 1,
  list: 3,
  decimal: 5,
  date: 6,
  timestampMicros: 10,
  int8: 15,
  int16: 16,
} as const;

/** Ids of the members of the union `LogicalType`. */
const LOGICAL = { string: 1, map: 2, list: 3, decimal: 5, date: 6, timestamp: 8, integer: 10 } as const;

/**
 * The Parquet schema of a Delta schema as Thrift's `SchemaElement`s, depth first, root included. Every column is
 * OPTIONAL, so that files written before and after an evolution agree. Timestamps are INT64 TIMESTAMP(MICROS, UTC), which
 * is what readers of Delta expect; lists and maps have the three levels that the Parquet format prescribes.
 */
export function schemaElements(schema: StructType): Thrift[] {
  const root = struct([4, binary('schema')], [5, i32(schema.fields.length)]);
  return [root, ...schema.fields.flatMap(fieldElements)];
}

function fieldElements({ name, type }: StructField): Thrift[] {
  return elements(name, type, REPETITION.optional);
}

function elements(name: string, type: DataType, repetition: number): Thrift[] {
  if (typeof type === 'string') return [leafElement(name, type, repetition)];
  switch (type.type) {
    case 'struct':
      return [group(name, repetition, type.fields.length), ...type.fields.flatMap(fieldElements)];
    case 'array':
      return [
        group(name, repetition, 1, { converted: CONVERTED.list, logical: struct([LOGICAL.list, struct()]) }),
        group('list', REPETITION.repeated, 1),
        ...elements('element', type.elementType, REPETITION.optional),
      ];
    case 'map':
      return [
        group(name, repetition, 1, { converted: CONVERTED.map, logical: struct([LOGICAL.map, struct()]) }),
        group('key_value', REPETITION.repeated, 2),
        ...elements('key', type.keyType, REPETITION.required),
        ...elements('value', type.valueType, REPETITION.optional),
      ];
  }
}

type Annotation = { readonly converted?: number; readonly logical?: Thrift };

function group(
  name: string,
  repetition: number,
  children: number,
  { converted, logical }: Annotation = {},
): Thrift {
  return struct(
    [3, i32(repetition)],
    [4, binary(name)],
    [5, i32(children)],
    [6, converted === undefined ? undefined : i32(converted)],
    [10, logical],
  );
}

function leafElement(name: string, type: PrimitiveType, repetition: number): Thrift {
  const decimal = parseDecimalType(type);
  const { converted, logical } = annotationOf(type);
  const physical = physicalType(type);
  return struct(
    [1, i32(physical)],
    [2, decimal && physical === PHYSICAL.fixed ? i32(decimalBytes(decimal.precision)) : undefined],
    [3, i32(repetition)],
    [4, binary(name)],
    [6, converted === undefined ? undefined : i32(converted)],
    [7, decimal && i32(decimal.scale)],
    [8, decimal && i32(decimal.precision)],
    [10, logical],
  );
}

/** The number of a type's physical type. */
export function physicalType(type: PrimitiveType): number {
  switch (type) {
    case 'string':
    case 'binary':
      return PHYSICAL.bytes;
    case 'long':
    case 'timestamp':
    case 'timestamp_ntz':
      return PHYSICAL.int64;
    case 'integer':
    case 'short':
    case 'byte':
    case 'date':
      return PHYSICAL.int32;
    case 'double':
      return PHYSICAL.double;
    case 'float':
      return PHYSICAL.float;
    case 'boolean':
      return PHYSICAL.boolean;
    default: {
      const decimal = parseDecimalType(type);
      if (decimal === undefined) throw new TributaryError(`type ${type} has no form in Parquet`);
      return decimal.precision <= 9
        ? PHYSICAL.int32
        : decimal.precision <= 18
          ? PHYSICAL.int64
          : PHYSICAL.fixed;
    }
  }
}

function annotationOf(type: PrimitiveType): Annotation {
  switch (type) {
    case 'string':
      return { converted: CONVERTED.utf8, logical: struct([LOGICAL.string, struct()]) };
    case 'short':
      return {
        converted: CONVERTED.int16,
        logical: struct([LOGICAL.integer, struct([1, i8(16)], [2, bool(true)])]),
      };
    case 'byte':
      return {
        converted: CONVERTED.int8,
        logical: struct([LOGICAL.integer, struct([1, i8(8)], [2, bool(true)])]),
      };
    case 'date':
      return { converted: CONVERTED.date, logical: struct([LOGICAL.date, struct()]) };
    case 'timestamp':
      return { converted: CONVERTED.timestampMicros, logical: timestampMicros(true) };
    case 'timestamp_ntz':
      return { logical: timestampMicros(false) };
    case 'binary':
    case 'long':
    case 'integer':
    case 'double':
    case 'float':
    case 'boolean':
      return {};
    default: {
      const { precision, scale } = parseDecimalType(type) ?? { precision: 38, scale: 0 };
      return {
        converted: CONVERTED.decimal,
        logical: struct([LOGICAL.decimal, struct([1, i32(scale)], [2, i32(precision)])]),
      };
    }
  }
}

function timestampMicros(isAdjustedToUtc: boolean): Thrift {
  const micros = 2;
  return struct([LOGICAL.timestamp, struct([1, bool(isAdjustedToUtc)], [2, struct([micros, struct()])])]);
}

/** The fewest bytes whose two's complement holds every unscaled value of the precision. */
export function decimalBytes(precision: number): number {
  const max = 10n ** BigInt(precision) - 1n;
  return Math.ceil((max.toString(2).length + 1) / 8);
}
