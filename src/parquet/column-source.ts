import type { DecodedArray } from 'hyparquet';
import type { Column } from '../columns/column.ts';
import { type DataType, parseDecimalType } from '../columns/types.ts';

export type ColumnSource = {
  readonly name: string;
  readonly data: DecodedArray;
  readonly encoding?: 'PLAIN';
};

/** A column in the form that the encoder takes: null where nothing is, booleans and bigints as such. */
export function columnSource(name: string, column: Column): ColumnSource {
  const data = sourceValues(column);
  // measurements seldom repeat, and the encoder's dictionary would make -0 and 0 one
  return holdsFloats(column.type) ? { name, data, encoding: 'PLAIN' } : { name, data };
}

function holdsFloats(type: DataType): boolean {
  if (typeof type === 'string') return type === 'double' || type === 'float';
  switch (type.type) {
    case 'struct':
      return type.fields.some((field) => holdsFloats(field.type));
    case 'array':
      return holdsFloats(type.elementType);
    case 'map':
      return holdsFloats(type.keyType) || holdsFloats(type.valueType);
  }
}

function sourceValues(column: Column): DecodedArray {
  switch (column.kind) {
    case 'boolean':
      return Array.from(column.values, (value, row) => (isNull(column, row) ? null : value === 1));
    case 'int32':
    case 'float64':
    case 'float32':
    case 'int64':
      if (isNarrowDecimal(column)) return withNulls(column, Array.from(column.values as BigInt64Array));
      return column.validity === undefined
        ? column.values
        : withNulls(column, Array.from<number | bigint>(column.values));
    case 'text':
    case 'bytes':
    case 'bigint':
    case 'nested':
      return withNulls(column, column.values);
  }
}

/** Decimals that Parquet keeps in 32 bits still come as bigints: numbers would be scaled once more. */
function isNarrowDecimal(column: Column): boolean {
  return column.kind === 'int64' && parseDecimalType(column.type) !== undefined;
}

function withNulls(column: Column, values: readonly unknown[]): unknown[] {
  const { validity } = column;
  if (validity === undefined) return values as unknown[];
  return values.map((value, row) => (validity[row] === 0 ? null : value));
}

function isNull(column: Column, row: number): boolean {
  return column.validity !== undefined && column.validity[row] === 0;
}
