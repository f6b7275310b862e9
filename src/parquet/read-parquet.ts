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

export type ReadOptions = {
  /** what the columns are known by in the file */
  readonly matchBy?: MatchBy;
  /** of the file, for messages */
  readonly name?: string;
};

/**
 * The columns of `schema` out of a Parquet file, as the file has them: exact microseconds, decimals and longs. A column
 * that the file lacks is null throughout.
 *
 * @throws ParquetError where the file is broken or holds another type than the schema says; what the store says may pass
 *   (`retriable`) as it comes
 */
export async function readParquet(
  file: ParquetFile,
  schema: StructType,
  { matchBy = 'name', name = 'the file' }: ReadOptions = {},
): Promise<ColumnBatch> {
  return explain(name, async () => {
    const opened = await openFile(file, schema, matchBy);
    return readRows(opened, 0, Number(opened.metadata.num_rows));
  });
}

/** The same rows, a batch a row group: no more than one is in memory, and what is decoded of it. @throws as `readParquet` */
export async function* readRowGroups(
  file: ParquetFile,
  schema: StructType,
  { matchBy = 'name', name = 'the file' }: ReadOptions = {},
): AsyncGenerator<ColumnBatch> {
  const opened = await explain(name, () => openFile(file, schema, matchBy));
  let start = 0;
  for (const { num_rows } of opened.metadata.row_groups) {
    const end = start + Number(num_rows);
    yield await explain(name, () => readRows(opened, start, end));
    start = end;
  }
}

async function explain<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    // a store that is ill says nothing about the file
    if (error instanceof TributaryError && error.retriable) throw error;
    throw new ParquetError(`${name}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

type OpenedFile = {
  readonly file: ParquetFile;
  readonly metadata: FileMetaData;
  readonly schema: StructType;
  readonly matchBy: MatchBy;
  /** where the schema's fields are in the file; undefined where it lacks them */
  readonly nodes: readonly (SchemaNode | undefined)[];
};

async function openFile(file: ParquetFile, schema: StructType, matchBy: MatchBy): Promise<OpenedFile> {
  const metadata = await parquetMetadataAsync(file, { geoparquet: false });
  const root = parquetSchema(metadata);
  return {
    file,
    metadata,
    schema,
    matchBy,
    nodes: schema.fields.map((field) => findField(root, field, matchBy)),
  };
}

/** From row `start` up to, not including, row `end`: both must be where row groups begin or end. */
async function readRows(opened: OpenedFile, start: number, end: number): Promise<ColumnBatch> {
  const { schema, nodes, matchBy } = opened;
  const length = end - start;
  const chunks = await readChunks(opened, start, end);
  const columns = schema.fields.map((field, i): Column => {
    const node = nodes[i];
    if (node === undefined) return nullColumn(field.type, length);
    return columnOfChunks(field, node, chunks.get(node.element.name) ?? [], length, matchBy);
  });
  return { schema, length, columns };
}

type Chunks = ReadonlyMap<string, readonly ArrayLike<unknown>[]>;

async function readChunks(
  { file, metadata, nodes }: OpenedFile,
  rowStart: number,
  rowEnd: number,
): Promise<Chunks> {
  const columns = nodes.flatMap((node) => (node === undefined ? [] : [node.element.name]));
  const found = new Map<string, { readonly rowStart: number; readonly data: ArrayLike<unknown> }[]>();
  if (columns.length === 0 || rowStart === rowEnd) return new Map();
  await parquetRead({
    file,
    metadata: { ...metadata, schema: metadata.schema.map(withoutConversion) },
    columns,
    rowStart,
    rowEnd,
    utf8: false,
    geoparquet: false,
    compressors: decompressors,
    parsers: { timestampFromNanoseconds: microsOfNanos, stringFromBytes: decodeUtf8 },
    onChunk({ columnName, columnData, rowStart: at }) {
      const chunks = found.get(columnName) ?? [];
      found.set(columnName, chunks);
      chunks.push({ rowStart: at, data: columnData });
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
