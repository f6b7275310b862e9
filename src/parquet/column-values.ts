import type { Column, ColumnKind } from '../columns/column.ts';
import { type DataType, parseDecimalType, type StructField } from '../columns/types.ts';
import { ParquetError } from './errors.ts';
import { type LeafReader, leafReader } from './leaf-reader.ts';
import { valueReader } from './nested-reader.ts';
import type { MatchBy, SchemaNode } from './schema-match.ts';

/** How the values of a type lie in memory (see `columns/column.ts`). */
export function columnKind(type: DataType): ColumnKind {
  if (typeof type !== 'string') return 'nested';
  switch (type) {
    case 'double':
      return 'float64';
    case 'float':
      return 'float32';
    case 'integer':
    case 'short':
    case 'byte':
    case 'date':
      return 'int32';
    case 'long':
    case 'timestamp':
    case 'timestamp_ntz':
      return 'int64';
    case 'boolean':
      return 'boolean';
    case 'string':
      return 'text';
    case 'binary':
      return 'bytes';
    default:
      return (parseDecimalType(type)?.precision ?? 0) > 18 ? 'bigint' : 'int64';
  }
}

export function nullColumn(type: DataType, length: number): Column {
  return columnOfValues(type, [], length, undefined);
}

/** A column out of the runs of values that the file's pages held, in order. */
export function columnOfChunks(
  field: StructField,
  node: SchemaNode,
  chunks: readonly ArrayLike<unknown>[],
  length: number,
  matchBy: MatchBy,
): Column {
  const held = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  if (held !== length) {
    throw new ParquetError(`column ${field.name} has ${held} values, the footer says ${length} rows`);
  }
  if (typeof field.type !== 'string') {
    return columnOfValues(field.type, chunks, length, valueReader(field.type, node, matchBy));
  }
  if (node.children.length > 0)
    throw new ParquetError(`column ${field.name} is a group, the table says ${field.type}`);
  return columnOfValues(field.type, chunks, length, leafReader(field.type, node.element));
}

/** A column of values that lie in runs, null where undefined or null; `read` turns each into its canonical value. */
export function columnOfValues(
  type: DataType,
  chunks: readonly ArrayLike<unknown>[],
  length: number,
  read: LeafReader,
): Column {
  const kind = columnKind(type);
  const validity = new Uint8Array(length);
  const values = slots(kind, length);
  let row = 0;
  let present = 0;
  for (const chunk of chunks) {
    if (read === undefined && isSameArray(chunk, values)) {
      values.set(chunk as never, row);
      validity.fill(1, row, row + chunk.length);
      present += chunk.length;
      row += chunk.length;
      continue;
    }
    for (let i = 0; i < chunk.length; i++, row++) {
      const value = chunk[i];
      if (value === undefined || value === null) continue;
      validity[row] = 1;
      present++;
      (values as unknown as unknown[])[row] =
        read === undefined ? (kind === 'boolean' ? Number(value) : value) : read(value);
    }
  }
  return { kind, type, values, validity: present === length ? undefined : validity } as Column;
}

type Slots = Column['values'] & { set(values: ArrayLike<never>, offset: number): void };

function slots(kind: ColumnKind, length: number): Slots {
  return newSlots(kind, length) as Slots;
}

function newSlots(kind: ColumnKind, length: number) {
  switch (kind) {
    case 'float64':
      return new Float64Array(length);
    case 'float32':
      return new Float32Array(length);
    case 'int32':
      return new Int32Array(length);
    case 'int64':
      return new BigInt64Array(length);
    case 'boolean':
      return new Uint8Array(length);
    case 'text':
    case 'bytes':
    case 'bigint':
    case 'nested':
      return new Array<unknown>(length).fill(undefined);
  }
}

function isSameArray(chunk: ArrayLike<unknown>, values: object): boolean {
  return ArrayBuffer.isView(chunk) && Object.getPrototypeOf(chunk) === Object.getPrototypeOf(values);
}
