import { type DataType, parseDecimalType, type StructField, type StructType } from '../columns/types.ts';
import type { Metadata } from './actions.ts';
import { DeltaError, UnsupportedFeatureError } from './errors.ts';

/** What no column may have in its name as long as names are what Parquet knows columns by. */
const UNSAFE = /[ ,;{}()\n\t=]/;
const PRIMITIVES = new Set([
  'string',
  'long',
  'integer',
  'short',
  'byte',
  'double',
  'float',
  'boolean',
  'date',
  'timestamp',
  'binary',
]);

/**
 * A schema that every reader of plain tables takes (design 5.11).
 * @throws DeltaError, UnsupportedFeatureError, naming the column
 */
export function assertPlainSchema(schema: StructType, partitionColumns: readonly string[]): void {
  if (schema.fields.length === 0) throw new DeltaError('a table needs a column');
  assertFields(schema.fields, '');
  for (const name of partitionColumns) {
    const field = schema.fields.find((candidate) => candidate.name === name);
    if (field === undefined) throw new DeltaError(`partition column ${name} is not in the schema`);
    if (typeof field.type !== 'string' || field.type === 'binary') {
      throw new DeltaError(
        `partition column ${name} is ${describeType(field.type)}: only plain values other than binary can be one`,
      );
    }
  }
  if (partitionColumns.length === schema.fields.length)
    throw new DeltaError('a table needs a column that is no partition column');
}

function assertFields(fields: readonly StructField[], prefix: string): void {
  const seen = new Set<string>();
  for (const { name, type } of fields) {
    const path = prefix + name;
    if (name === '' || UNSAFE.test(name)) {
      throw new DeltaError(
        `column name ${JSON.stringify(path)} holds one of " ,;{}()\\n\\t=", which Parquet readers refuse`,
      );
    }
    // readers compare names without regard to case
    if (seen.has(name.toLowerCase()))
      throw new DeltaError(`column ${path} stands twice (names do not differ by case)`);
    seen.add(name.toLowerCase());
    assertType(type, path);
  }
}

function assertType(type: DataType, path: string): void {
  if (typeof type === 'string') {
    const decimal = parseDecimalType(type);
    if (type === 'timestamp_ntz') {
      throw new UnsupportedFeatureError(
        'timestampNtz',
        `column ${path} is timestamp_ntz, which needs the feature timestampNtz that plain tables do without: use timestamp`,
      );
    }
    if (
      decimal === undefined
        ? PRIMITIVES.has(type)
        : decimal.precision <= 38 && decimal.scale <= decimal.precision
    )
      return;
    throw new DeltaError(`column ${path} has the unknown type ${type}`);
  }
  switch (type.type) {
    case 'struct':
      return assertFields(type.fields, `${path}.`);
    case 'array':
      return assertType(type.elementType, `${path}.element`);
    case 'map':
      assertType(type.keyType, `${path}.key`);
      return assertType(type.valueType, `${path}.value`);
  }
}

/** The column of that name. @throws DeltaError naming those that there are */
export function fieldNamed({ fields }: StructType, name: string): StructField {
  const field = fields.find((candidate) => candidate.name === name);
  if (field !== undefined) return field;
  throw new DeltaError(
    `the table has no column ${name}, but ${fields.map((known) => known.name).join(', ')}`,
  );
}

/** A type in one line, for messages. */
export function describeType(type: DataType): string {
  if (typeof type === 'string') return type;
  switch (type.type) {
    case 'struct':
      return `struct<${type.fields.map((field) => `${field.name}: ${describeType(field.type)}`).join(', ')}>`;
    case 'array':
      return `array<${describeType(type.elementType)}>`;
    case 'map':
      return `map<${describeType(type.keyType)}, ${describeType(type.valueType)}>`;
  }
}

/** The table's metadata under another schema. */
export function withSchema(metadata: Metadata, schema: StructType): Metadata {
  assertPlainSchema(schema, metadata.partitionColumns);
  return { ...metadata, schemaString: JSON.stringify(schema) };
}
