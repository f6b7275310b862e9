import type { DataType, StructType } from './types.ts';

/**
 * How the values of a column lie in memory. `validity` holds 1 where a value is present and 0 where it is null; it is
 * undefined when nothing is null. The slot of a null holds any value (zero, undefined).
 *
 * | kind    | Delta types                          | slot                                                        |
 * |---------|--------------------------------------|-------------------------------------------------------------|
 * | float64 | double                               | the number                                                  |
 * | float32 | float                                | the number                                                  |
 * | int32   | integer, short, byte, date           | the number; days since 1970-01-01                           |
 * | int64   | long, timestamp, timestamp_ntz, decimal with precision <= 18 | the number; microseconds since the epoch; the unscaled value |
 * | boolean | boolean                              | 0 or 1                                                      |
 * | text    | string                               | the string                                                  |
 * | bytes   | binary                               | the bytes                                                   |
 * | bigint  | decimal with precision > 18          | the unscaled value                                          |
 * | nested  | struct, array, map                   | plain objects, arrays and `Map`s whose leaves are canonical values (see `canonical.ts`) |
 */
export type ColumnValues =
  | { readonly kind: 'float64'; readonly values: Float64Array }
  | { readonly kind: 'float32'; readonly values: Float32Array }
  | { readonly kind: 'int32'; readonly values: Int32Array }
  | { readonly kind: 'int64'; readonly values: BigInt64Array }
  | { readonly kind: 'boolean'; readonly values: Uint8Array }
  | { readonly kind: 'text'; readonly values: readonly (string | undefined)[] }
  | { readonly kind: 'bytes'; readonly values: readonly (Uint8Array | undefined)[] }
  | { readonly kind: 'bigint'; readonly values: readonly (bigint | undefined)[] }
  | { readonly kind: 'nested'; readonly values: readonly unknown[] };

export type ColumnKind = ColumnValues['kind'];

export type Column = ColumnValues & { readonly type: DataType; readonly validity: Uint8Array | undefined };

/** Rows as columns. `columns` stands in the order of `schema.fields`; every column has `length` slots. */
export type ColumnBatch = {
  readonly schema: StructType;
  readonly length: number;
  readonly columns: readonly Column[];
};
