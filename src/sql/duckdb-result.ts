import type { DuckDBDataChunk, DuckDBResult } from '@duckdb/node-api';
import { createColumnBuilder, finishColumn, setNull } from '../columns/column-builder.ts';
import type { Column, ColumnBatch } from '../columns/column.ts';
import { field, struct } from '../columns/types.ts';
import { type ValueReader, valueReaderOf } from './duckdb-values.ts';
import { slotWriter } from './slot-writer.ts';

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
  { type, read }: ValueReader,
  index: number,
  chunks: readonly DuckDBDataChunk[],
  length: number,
): Column {
  const column = createColumnBuilder(type, length);
  const write = slotWriter(column);
  let row = 0;
  for (const chunk of chunks) {
    const vector = chunk.getColumnVector(index);
    for (let i = 0; i < chunk.rowCount; i++, row++) {
      const value = vector.getItem(i);
      if (value === null) setNull(column, row, length);
      else write(row, read(value));
    }
  }
  return finishColumn(column, length);
}
