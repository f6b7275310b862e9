import type { Column, ColumnBatch } from '../columns/column.ts';
import { sliceRows } from '../columns/select.ts';
import type { StructType } from '../columns/types.ts';
import type { Bounds } from './bounds.ts';
import { type ByteSink, createByteSink } from './byte-sink.ts';
import { type WrittenChunk, writeChunk } from './column-chunk.ts';
import { flatLeaf } from './leaf.ts';
import { schemaElements } from './parquet-schema.ts';
import { shredColumn } from './shred.ts';
import { binary, i16, i32, i64, list, struct, type Thrift, writeThrift } from './thrift.ts';

const MAGIC = Buffer.from('PAR1');
/** Rows a row group at most: what a reader skips or takes at once. */
export const ROW_GROUP_ROWS = 131_072;
const FORMAT_VERSION = 2;
const CREATED_BY = 'tributary version 0.1.0';

/** What encoding has seen of a column that is not nested, row group by row group. */
export type ColumnSummary = { readonly nulls: number; readonly bounds: readonly Bounds[] };

/** In the order of the columns; undefined for nested ones. */
export type Summaries = readonly (ColumnSummary | undefined)[];

export type EncodedParquet = { readonly bytes: Uint8Array; readonly summaries: Summaries };

/** A Parquet file in the making: in memory, but for the rows of one batch, is what was encoded. */
export type ParquetWriter = {
  readonly rows: number;
  /** of the file so far */
  readonly size: number;
  /** Writes the rows as row groups of their own. */
  append(batch: ColumnBatch): Summaries;
  /** The whole file, on the writer's own memory: the writer ends here. */
  finish(): Uint8Array;
};

/**
 * A whole Parquet file of the batch's rows, in their order: pages of version 1, dictionaries where they pay, zstd, and
 * statistics in the footer.
 */
export function encodeParquet(batch: ColumnBatch): EncodedParquet {
  const writer = createParquetWriter(batch.schema);
  const summaries = writer.append(batch);
  return { bytes: writer.finish(), summaries };
}

/** @param capacity bytes that the file is expected to have: memory that never has to be copied to grow */
export function createParquetWriter(schema: StructType, capacity: number = 1 << 20): ParquetWriter {
  const file = createByteSink(capacity);
  const page = createByteSink(1 << 18);
  const groups: Thrift[] = [];
  let rows = 0;
  file.bytes(MAGIC);
  return {
    get rows() {
      return rows;
    },
    get size() {
      return file.length;
    },
    append(batch) {
      const written: RowGroup[] = [];
      for (let start = 0; start < batch.length; start += ROW_GROUP_ROWS) {
        const end = Math.min(batch.length, start + ROW_GROUP_ROWS);
        const group = writeRowGroup(file, page, sliceRows(batch, start, end), groups.length);
        written.push(group);
        groups.push(group.metadata);
      }
      rows += batch.length;
      return batch.columns.map((column, i) =>
        summarize(
          column,
          written.map(({ columns }) => columns[i]!),
        ),
      );
    },
    finish() {
      const footerStart = file.length;
      writeThrift(file, footerOf(schema, rows, groups));
      file.uint32(file.length - footerStart);
      file.bytes(MAGIC);
      return file.view();
    },
  };
}

/** Chunks by column: a nested column has several. */
type RowGroup = { readonly metadata: Thrift; readonly columns: readonly (readonly WrittenChunk[])[] };

function writeRowGroup(file: ByteSink, page: ByteSink, rows: ColumnBatch, ordinal: number): RowGroup {
  const start = file.length;
  const columns = rows.columns.map((column, i) => {
    const { name, type } = rows.schema.fields[i]!;
    const leaves =
      column.kind === 'nested' ? shredColumn(name, type, column.values) : [flatLeaf(name, column)];
    return leaves.map((leaf) => writeChunk(file, leaf, page));
  });
  const chunks = columns.flat();
  const sum = (of: (chunk: WrittenChunk) => number) => chunks.reduce((total, chunk) => total + of(chunk), 0);
  const metadata = struct(
    [1, list(chunks.map((chunk) => chunk.metadata))],
    [2, i64(sum((chunk) => chunk.uncompressed))],
    [3, i64(rows.length)],
    [5, i64(start)],
    [6, i64(sum((chunk) => chunk.compressed))],
    [7, i16(ordinal)],
  );
  return { metadata, columns };
}

function footerOf(schema: StructType, rows: number, groups: readonly Thrift[]): Thrift {
  const elements = schemaElements(schema);
  const typeDefinedOrder = struct([1, struct()]);
  return struct(
    [1, i32(FORMAT_VERSION)],
    [2, list(elements)],
    [3, i64(rows)],
    [4, list(groups)],
    [6, binary(CREATED_BY)],
    // without it readers must not trust the bounds
    [7, list(elements.filter(isLeaf).map(() => typeDefinedOrder))],
  );
}

/** A leaf has a physical type, a group has not. */
function isLeaf(element: Thrift): boolean {
  return element.kind === 'struct' && element.fields.some(([id, value]) => id === 1 && value !== undefined);
}

function summarize(
  { kind }: Column,
  chunks: readonly (readonly WrittenChunk[])[],
): ColumnSummary | undefined {
  if (kind === 'nested') return undefined;
  const leaves = chunks.flat();
  return {
    nulls: leaves.reduce((sum, { nulls }) => sum + nulls, 0),
    bounds: leaves.flatMap(({ bounds }) => bounds ?? []),
  };
}
