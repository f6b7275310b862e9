import type { DuckDBDataChunk, DuckDBResult } from '@duckdb/node-api';
import type { Column, ColumnBatch, ColumnKind } from '../columns/column.ts';
import { type DataType, field, parseDecimalType, struct } from '../columns/types.ts';
import { type ValueReader, valueReaderOf } from './duckdb-values.ts';

/** Reads a result to its end. Values are exact; column names that stand twice are numbered (`a`, `a:1`). */
export async function readBatch(result: DuckDBResult): Promise<ColumnBatch> {
  const chunks: DuckDBDataChunk[] = [];
  let length = 0;
  for (;;) {
    const chunk = await result.fetchChunk();
    if (chunk === null || chunk.rowCount === 0) break;
    chunks.push(chunk);
    length += chunk.rowCount;
  }
  const names = result.deduplicatedColumnNames();
  const readers = result.columnTypes().map(valueReaderOf);
  return {
    schema: struct(readers.map(({ type }, i) => field(names[i] as string, type))),
    length,
    columns: readers.map((reader, i) => readColumn(reader, i, chunks, length)),
  };
}

function readColumn(
  reader: ValueReader,
  index: number,
  chunks: readonly DuckDBDataChunk[],
  length: number,
): Column {
  const validity = new Uint8Array(length);
  const values = allocate(kindOf(reader.type), length);
  const slots = values.values as unknown[];
  let row = 0;
  let nulls = 0;
  for (const chunk of chunks) {
    const vector = chunk.getColumnVector(index);
    for (let i = 0; i < chunk.rowCount; i++, row++) {
      const value = vector.getItem(i);
      if (value === null) {
        nulls++;
      } else {
        validity[row] = 1;
        slots[row] = reader.read(value);
      }
    }
  }
  return { ...values, type: reader.type, validity: nulls === 0 ? undefined : validity };
}

function allocate(kind: ColumnKind, length: number) {
  switch (kind) {
    case 'float64':
      return { kind, values: new Float64Array(length) };
    case 'float32':
      return { kind, values: new Float32Array(length) };
    case 'int32':
      return { kind, values: new Int32Array(length) };
    case 'int64':
      return { kind, values: new BigInt64Array(length) };
    case 'boolean':
      return { kind, values: new Uint8Array(length) };
    case 'text':
      return { kind, values: new Array<string | undefined>(length) };
    case 'bytes':
      return { kind, values: new Array<Uint8Array | undefined>(length) };
    case 'bigint':
      return { kind, values: new Array<bigint | undefined>(length) };
    case 'nested':
      return { kind, values: new Array<unknown>(length) };
  }
}

/** The slot kind of a type, as `columns/column.ts` has it. */
function kindOf(type: DataType): ColumnKind {
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
