import type { SchemaElement } from 'hyparquet';
import {
  type DataType,
  parseDecimalType,
  type PrimitiveType,
  type StructField,
  type StructType,
} from '../columns/types.ts';
import { TributaryError } from '../errors.ts';

/**
 * The Parquet schema of a Delta schema, depth first, root included. Every column is OPTIONAL, so that files written
 * before and after an evolution agree. Timestamps are INT64 TIMESTAMP(MICROS, UTC), which is what readers of Delta
 * expect; lists and maps have the three levels that the Parquet format prescribes.
 */
export function toParquetSchema(schema: StructType): SchemaElement[] {
  return [{ name: 'schema', num_children: schema.fields.length }, ...schema.fields.flatMap(elementsOf)];
}

function elementsOf({ name, type }: Pick<StructField, 'name' | 'type'>): SchemaElement[] {
  return elements(name, type, 'OPTIONAL');
}

function elements(name: string, type: DataType, repetition_type: 'OPTIONAL' | 'REQUIRED'): SchemaElement[] {
  if (typeof type === 'string') return [{ name, repetition_type, ...primitiveElement(type) }];
  switch (type.type) {
    case 'struct':
      return [
        { name, repetition_type, num_children: type.fields.length },
        ...type.fields.flatMap(elementsOf),
      ];
    case 'array':
      return [
        { name, repetition_type, num_children: 1, converted_type: 'LIST', logical_type: { type: 'LIST' } },
        { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
        ...elements('element', type.elementType, 'OPTIONAL'),
      ];
    case 'map':
      return [
        { name, repetition_type, num_children: 1, converted_type: 'MAP', logical_type: { type: 'MAP' } },
        { name: 'key_value', repetition_type: 'REPEATED', num_children: 2 },
        ...elements('key', type.keyType, 'REQUIRED'),
        ...elements('value', type.valueType, 'OPTIONAL'),
      ];
  }
}

function primitiveElement(type: PrimitiveType): Omit<SchemaElement, 'name'> {
  switch (type) {
    case 'string':
      return { type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } };
    case 'binary':
      return { type: 'BYTE_ARRAY' };
    case 'long':
      return { type: 'INT64' };
    case 'integer':
      return { type: 'INT32' };
    case 'short':
      // by the older annotation only: the writer spells the newer one's width in a way that Arrow refuses
      return { type: 'INT32', converted_type: 'INT_16' };
    case 'byte':
      return { type: 'INT32', converted_type: 'INT_8' };
    case 'double':
      return { type: 'DOUBLE' };
    case 'float':
      return { type: 'FLOAT' };
    case 'boolean':
      return { type: 'BOOLEAN' };
    case 'date':
      return { type: 'INT32', converted_type: 'DATE', logical_type: { type: 'DATE' } };
    case 'timestamp':
      return {
        type: 'INT64',
        converted_type: 'TIMESTAMP_MICROS',
        logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MICROS' },
      };
    case 'timestamp_ntz':
      return { type: 'INT64', logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: false, unit: 'MICROS' } };
    default:
      return decimalElement(type);
  }
}

function decimalElement(type: PrimitiveType): Omit<SchemaElement, 'name'> {
  const decimal = parseDecimalType(type);
  if (decimal === undefined) throw new TributaryError(`type ${type} has no form in Parquet`);
  const { precision, scale } = decimal;
  const annotation = {
    converted_type: 'DECIMAL',
    precision,
    scale,
    logical_type: { type: 'DECIMAL', precision, scale },
  } as const;
  if (precision <= 9) return { type: 'INT32', ...annotation };
  if (precision <= 18) return { type: 'INT64', ...annotation };
  return { type: 'FIXED_LEN_BYTE_ARRAY', type_length: decimalBytes(precision), ...annotation };
}

/** The fewest bytes whose two's complement holds every unscaled value of the precision. */
export function decimalBytes(precision: number): number {
  const max = 10n ** BigInt(precision) - 1n;
  return Math.ceil((max.toString(2).length + 1) / 8);
}
