import { CodedText, countSlots } from '../columns/coded-text.ts';
import type { Column } from '../columns/column.ts';
import type { PrimitiveType } from '../columns/types.ts';

/** Values that are there, one after another, without slots for nulls. */
export type LeafValues =
  | { readonly kind: 'float64'; readonly values: Float64Array }
  | { readonly kind: 'float32'; readonly values: Float32Array }
  | { readonly kind: 'int32'; readonly values: Int32Array }
  | { readonly kind: 'int64'; readonly values: BigInt64Array }
  | { readonly kind: 'boolean'; readonly values: Uint8Array }
  | { readonly kind: 'text'; readonly values: readonly string[] }
  | { readonly kind: 'bytes'; readonly values: readonly Uint8Array[] }
  | { readonly kind: 'bigint'; readonly values: readonly bigint[] };

/**
 * A column of a Parquet file, which a nested column has several of: the values that are there, and by level what is
 * not. A level for each value or null; undefined where all are the greatest (definition) or 0 (repetition).
 */
export type Leaf = {
  readonly path: readonly string[];
  readonly type: PrimitiveType;
  readonly present: LeafValues;
  /** how many levels there are, nulls included */
  readonly count: number;
  readonly definition: Uint8Array | undefined;
  readonly maxDefinition: number;
  readonly repetition: Uint8Array | undefined;
  readonly maxRepetition: number;
};

/** The leaf of a column that is not nested: its validity is its definition levels. */
export function flatLeaf(name: string, column: Exclude<Column, { readonly kind: 'nested' }>): Leaf {
  return {
    path: [name],
    type: column.type as PrimitiveType,
    present: presentValues(column),
    count: countSlots(column),
    definition: column.validity,
    maxDefinition: 1,
    repetition: undefined,
    maxRepetition: 0,
  };
}

/** How many values there are. */
export function countValues(leaf: LeafValues): number {
  return leaf instanceof CodedText ? leaf.codes.length : leaf.values.length;
}

function presentValues(column: Exclude<Column, { readonly kind: 'nested' }>): LeafValues {
  const { validity } = column;
  if (validity === undefined) return column as LeafValues;
  switch (column.kind) {
    case 'float64':
      return {
        kind: column.kind,
        values: compact(column.values, validity, new Float64Array(column.values.length)),
      };
    case 'float32':
      return {
        kind: column.kind,
        values: compact(column.values, validity, new Float32Array(column.values.length)),
      };
    case 'int32':
      return {
        kind: column.kind,
        values: compact(column.values, validity, new Int32Array(column.values.length)),
      };
    case 'boolean':
      return {
        kind: column.kind,
        values: compact(column.values, validity, new Uint8Array(column.values.length)),
      };
    case 'int64': {
      // the same 64 bits; a BigInt a value would cost many times as much
      const halves = new Int32Array(column.values.buffer, column.values.byteOffset, 2 * column.values.length);
      return { kind: column.kind, values: compactInt64(halves, validity) };
    }
    case 'text':
    case 'bytes':
    case 'bigint':
      if (column instanceof CodedText)
        return column.with(
          compact(column.codes, validity, new Int32Array(column.codes.length)),
          undefined,
        ) as LeafValues;
      return {
        kind: column.kind,
        values: (column.values as unknown[]).filter((_, row) => validity[row] === 1),
      } as LeafValues;
  }
}

function compact<T extends Float64Array | Float32Array | Int32Array | Uint8Array>(
  values: T,
  validity: Uint8Array,
  into: T,
): T {
  let count = 0;
  for (let row = 0; row < values.length; row++) if (validity[row] === 1) into[count++] = values[row]!;
  return into.subarray(0, count) as T;
}

function compactInt64(halves: Int32Array, validity: Uint8Array): BigInt64Array {
  const into = new Int32Array(halves.length);
  let count = 0;
  for (let row = 0; row < validity.length; row++) {
    if (validity[row] === 0) continue;
    into[2 * count] = halves[2 * row]!;
    into[2 * count + 1] = halves[2 * row + 1]!;
    count++;
  }
  return new BigInt64Array(into.buffer, 0, count);
}
