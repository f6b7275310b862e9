import {
  type FileMetaData,
  parquetMetadataAsync,
  parquetRead,
  parquetSchema,
  type SchemaElement,
} from 'hyparquet';
import type { Column, ColumnBatch } from '../columns/column.ts';
import type { StructType } from '../columns/types.ts';
import { TributaryError } from '../errors.ts';
import { columnOfChunks, nullColumn } from './column-values.ts';
import { decompressors } from './compressors.ts';
import { ParquetError } from './errors.ts';
import { findField, type MatchBy, type SchemaNode } from './schema-match.ts';
import type { ParquetFile } from './parquet-file.ts';

/**
 * The columns of `schema` out of a Parquet file, as the file has them: exact microseconds, decimals and longs. A column
 * that the file lacks is null throughout.
 *
 * @param matchBy what the columns are known by in the file
 * @param name of the file, for messages
 * @throws ParquetError where the file is broken or holds another type than the schema says; what the store says may pass
 *   (`retriable`) as it comes
 */
export async function readParquet(
  file: ParquetFile,
  schema: StructType,
  { matchBy = 'name', name = 'the file' }: { readonly matchBy?: MatchBy; readonly name?: string } = {},
): Promise<ColumnBatch> {
  try {
    const metadata = await parquetMetadataAsync(file, { geoparquet: false });
    const root = parquetSchema(metadata);
    const length = Number(metadata.num_rows);
    const nodes = schema.fields.map((field) => findField(root, field, matchBy));
    const chunks = await readChunks(file, metadata, nodes);
    const columns = schema.fields.map((field, i): Column => {
      const node = nodes[i];
      if (node === undefined) return nullColumn(field.type, length);
      return columnOfChunks(field, node, chunks.get(node.element.name) ?? [], length, matchBy);
    });
    return { schema, length, columns };
  } catch (error) {
    // a store that is ill says nothing about the file
    if (error instanceof TributaryError && error.retriable) throw error;
    throw new ParquetError(`${name}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

type Chunks = ReadonlyMap<string, readonly ArrayLike<unknown>[]>;

async function readChunks(
  file: ParquetFile,
  metadata: FileMetaData,
  nodes: readonly (SchemaNode | undefined)[],
): Promise<Chunks> {
  const columns = nodes.flatMap((node) => (node === undefined ? [] : [node.element.name]));
  const found = new Map<string, { readonly rowStart: number; readonly data: ArrayLike<unknown> }[]>();
  if (columns.length === 0 || metadata.num_rows === 0n) return new Map();
  await parquetRead({
    file,
    metadata: { ...metadata, schema: metadata.schema.map(withoutConversion) },
    columns,
    utf8: false,
    geoparquet: false,
    compressors: decompressors,
    parsers: { timestampFromNanoseconds: microsOfNanos, stringFromBytes: decodeUtf8 },
    onChunk({ columnName, columnData, rowStart }) {
      const chunks = found.get(columnName) ?? [];
      found.set(columnName, chunks);
      chunks.push({ rowStart, data: columnData });
    },
  });
  const inOrder = (chunks: readonly { readonly rowStart: number; readonly data: ArrayLike<unknown> }[]) =>
    chunks.toSorted((a, b) => a.rowStart - b.rowStart).map(({ data }) => data);
  return new Map(Array.from(found, ([column, chunks]) => [column, inOrder(chunks)]));
}

/**
 * The reader turns what a file annotates into Dates and doubles, which lose digits, and maps into objects, which lose key
 * types. Without the annotation it hands out what lies in the file. Text stays annotated: dictionaries decode once.
 */
function withoutConversion(element: SchemaElement): SchemaElement {
  const { converted_type, logical_type, ...bare } = element;
  if (converted_type === 'LIST') return { ...bare, converted_type };
  const text =
    element.type === 'BYTE_ARRAY' && (converted_type === 'UTF8' || logical_type?.type === 'STRING');
  return text ? { ...bare, converted_type: 'UTF8' } : bare;
}

/** INT96 timestamps come this way; Delta's have microseconds. */
function microsOfNanos(nanos: bigint): bigint {
  const micros = nanos / 1000n;
  return nanos % 1000n < 0n ? micros - 1n : micros;
}

function decodeUtf8(bytes: Uint8Array | undefined): string | undefined {
  return bytes && Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}
