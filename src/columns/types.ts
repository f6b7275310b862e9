/**
 * The column types of a Delta table, in the protocol's own notation ("Schema Serialization Format"), so that a schema
 * can be written to the log as it is. Everything above (fleets, decoding, Parquet, SQL) speaks of columns in these terms.
 */
export type DecimalType = `decimal(${number},${number})`;

export type PrimitiveType =
  | 'string'
  | 'long'
  | 'integer'
  | 'short'
  | 'byte'
  | 'double'
  | 'float'
  | 'boolean'
  | 'date'
  | 'timestamp'
  | 'timestamp_ntz'
  | 'binary'
  | DecimalType;

export type ArrayType = {
  readonly type: 'array';
  readonly elementType: DataType;
  readonly containsNull: boolean;
};

export type MapType = {
  readonly type: 'map';
  readonly keyType: DataType;
  readonly valueType: DataType;
  readonly valueContainsNull: boolean;
};

export type StructField = {
  readonly name: string;
  readonly type: DataType;
  readonly nullable: boolean;
  readonly metadata: Readonly<Record<string, unknown>>;
};

export type StructType = { readonly type: 'struct'; readonly fields: readonly StructField[] };

export type DataType = PrimitiveType | ArrayType | MapType | StructType;

/** Precision and scale of a decimal type, or undefined for any other type. */
export function parseDecimalType(type: DataType): { precision: number; scale: number } | undefined {
  if (typeof type !== 'string') return undefined;
  const match = /^decimal\((\d+),\s*(-?\d+)\)$/.exec(type);
  return match ? { precision: Number(match[1]), scale: Number(match[2]) } : undefined;
}

/** A nullable field without metadata: what Tributary writes. Required-ness is decoding's concern, so that schemas can evolve. */
export function field(name: string, type: DataType): StructField {
  return { name, type, nullable: true, metadata: {} };
}

export function struct(fields: readonly StructField[]): StructType {
  return { type: 'struct', fields };
}
