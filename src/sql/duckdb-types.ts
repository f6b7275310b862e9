import { type DataType, parseDecimalType } from '../columns/types.ts';
import { quoteName } from './quote.ts';

/** DuckDB's name of a Delta type, as it stands in a cast. */
export function duckDbTypeOf(type: DataType): string {
  if (typeof type === 'string') {
    const decimal = parseDecimalType(type);
    if (decimal !== undefined) return `DECIMAL(${decimal.precision}, ${decimal.scale})`;
    return PRIMITIVES[type as keyof typeof PRIMITIVES];
  }
  switch (type.type) {
    case 'array':
      return `${duckDbTypeOf(type.elementType)}[]`;
    case 'map':
      return `MAP(${duckDbTypeOf(type.keyType)}, ${duckDbTypeOf(type.valueType)})`;
    case 'struct':
      return `STRUCT(${type.fields.map((each) => `${quoteName(each.name)} ${duckDbTypeOf(each.type)}`).join(', ')})`;
  }
}

const PRIMITIVES = {
  string: 'VARCHAR',
  long: 'BIGINT',
  integer: 'INTEGER',
  short: 'SMALLINT',
  byte: 'TINYINT',
  double: 'DOUBLE',
  float: 'FLOAT',
  boolean: 'BOOLEAN',
  date: 'DATE',
  timestamp: 'TIMESTAMPTZ',
  timestamp_ntz: 'TIMESTAMP',
  binary: 'BLOB',
} as const;
