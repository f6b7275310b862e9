import { ByteWriter, parquetWrite } from 'hyparquet-writer';
import type { ColumnBatch } from '../columns/column.ts';
import { columnSource } from './column-source.ts';
import { compressors } from './compressors.ts';
import { toParquetSchema } from './parquet-schema.ts';

/** Rows a row group: what a reader skips or takes at once. */
const ROW_GROUP_ROWS = 131_072;
/** Bytes to which the bounds of text in the footer are cut, rounded outwards. */
const BOUND_BYTES = 64;

/** A whole Parquet file of the batch's rows, in their order: zstd, with statistics in the footer. */
export function encodeParquet(batch: ColumnBatch): Uint8Array {
  const writer = new ByteWriter(64 * 1024);
  // a writer into memory leaves nothing to wait for
  void parquetWrite({
    writer,
    schema: toParquetSchema(batch.schema),
    columnData: batch.schema.fields.map((field, i) => columnSource(field.name, batch.columns[i]!)),
    codec: 'ZSTD',
    compressors,
    rowGroupSize: ROW_GROUP_ROWS,
    statisticsTruncateLength: BOUND_BYTES,
    createdBy: 'tributary',
  });
  return writer.getBytes();
}
