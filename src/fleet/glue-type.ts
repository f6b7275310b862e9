import { type DataType, parseDecimalType, type PrimitiveType } from '../columns/types.ts';

/**
 * A Delta type as the Glue catalog spells it. Athena reads a Delta table's types from its log; the catalog's are what
 * tools that list columns go by.
 */
export function glueType(type: DataType): string {
  if (typeof type === 'string') return gluePrimitive(type);
  switch (type.type) {
    case 'array':
      return `array<${glueType(type.elementType)}>`;
    case 'map':
      return `map<${glueType(type.keyType)},${glueType(type.valueType)}>`;
    case 'struct':
      return `struct<${type.fields.map((each) => `${each.name}:${glueType(each.type)}`).join(',')}>`;
  }
}

type SimpleType = Exclude<PrimitiveType, `decimal(${string}`>;

/** Hive's names. It has one timestamp, without a zone: both of Delta's become it. */
const HIVE: Readonly<Record<SimpleType, string>> = {
  string: 'string',
  long: 'bigint',
  integer: 'int',
  short: 'smallint',
  byte: 'tinyint',
  double: 'double',
  float: 'float',
  boolean: 'boolean',
  date: 'date',
  timestamp: 'timestamp',
  timestamp_ntz: 'timestamp',
  binary: 'binary',
};

function gluePrimitive(type: PrimitiveType): string {
  const decimal = parseDecimalType(type);
  return decimal === undefined ? HIVE[type as SimpleType] : `decimal(${decimal.precision},${decimal.scale})`;
}
