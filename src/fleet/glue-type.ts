import { type DataType, parseDecimalType, type PrimitiveType } from '../columns/types.ts';

type SimpleType = Exclude<PrimitiveType, `decimal(${string}`>;

/**
 * What a Delta type is called in the Glue catalog (Hive's names) and in Athena's SQL (Trino's). Hive has one timestamp, without
 * a zone: both of Delta's become it.
 */
const NAMES: Readonly<Record<SimpleType, { readonly glue: string; readonly athena: string }>> = {
  string: { glue: 'string', athena: 'varchar' },
  long: { glue: 'bigint', athena: 'bigint' },
  integer: { glue: 'int', athena: 'integer' },
  short: { glue: 'smallint', athena: 'smallint' },
  byte: { glue: 'tinyint', athena: 'tinyint' },
  double: { glue: 'double', athena: 'double' },
  float: { glue: 'float', athena: 'real' },
  boolean: { glue: 'boolean', athena: 'boolean' },
  date: { glue: 'date', athena: 'date' },
  timestamp: { glue: 'timestamp', athena: 'timestamp(3)' },
  timestamp_ntz: { glue: 'timestamp', athena: 'timestamp(3)' },
  binary: { glue: 'binary', athena: 'varbinary' },
};

/**
 * A Delta type as the Glue catalog spells it. Athena reads a Delta table's types from its log; the catalog's are what
 * tools that list columns go by.
 */
export function glueType(type: DataType): string {
  if (typeof type === 'string') return decimalName(type) ?? NAMES[type as SimpleType].glue;
  switch (type.type) {
    case 'array':
      return `array<${glueType(type.elementType)}>`;
    case 'map':
      return `map<${glueType(type.keyType)},${glueType(type.valueType)}>`;
    case 'struct':
      return `struct<${type.fields.map((each) => `${each.name}:${glueType(each.type)}`).join(',')}>`;
  }
}

/** The type in Athena's SQL to which a column has to be cast for the catalog's `glueType` to be true of it. */
export function athenaType(type: PrimitiveType): string {
  return decimalName(type) ?? NAMES[type as SimpleType].athena;
}

function decimalName(type: PrimitiveType): string | undefined {
  const decimal = parseDecimalType(type);
  return decimal === undefined ? undefined : `decimal(${decimal.precision},${decimal.scale})`;
}
