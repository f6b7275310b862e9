import { type Bounds, boundsOf } from './bounds.ts';
import type { ByteSink } from './byte-sink.ts';
import { buildDictionary, type Dictionary } from './dictionary.ts';
import { footerStatistics } from './footer-bounds.ts';
import { bitWidth, writeHybrid } from './hybrid-rle.ts';
import { countValues, type Leaf } from './leaf.ts';
import { writeLevels } from './levels.ts';
import { CODEC, createPageWriter, ENCODING, PAGE, splitPages } from './page.ts';
import { physicalType } from './parquet-schema.ts';
import { plainBytes, writePlain } from './plain.ts';
import { binary, i32, i64, list, struct, type Thrift } from './thrift.ts';

/** Bytes of a page before it is compressed, as a goal. */
const PAGE_BYTES = 1 << 20;
/** A column smaller than this costs more to unpack than to keep. */
const COMPRESS_FROM = 512;

export type WrittenChunk = {
  /** `ColumnChunk` for the footer */
  readonly metadata: Thrift;
  readonly uncompressed: number;
  readonly compressed: number;
  readonly nulls: number;
  readonly bounds: Bounds | undefined;
};

/**
 * Appends one leaf's pages to the file: a dictionary where one pays, then data pages of version 1, which every reader
 * knows.
 *
 * @param page empty memory to put pages together in, for one chunk after another
 */
export function writeChunk(file: ByteSink, leaf: Leaf, page: ByteSink): WrittenChunk {
  const start = file.length;
  const dictionary = buildDictionary(leaf.present);
  const written = dictionary?.distinct ?? leaf.present;
  const plainSize = plainBytes(written);
  const width = bitWidth(written.values.length - 1);
  const dataSize = dictionary === undefined ? plainSize : (width * dictionary.indices.length) / 8;
  const codec = plainSize + dataSize < COMPRESS_FROM ? CODEC.uncompressed : CODEC.zstd;
  const writer = createPageWriter(file, page, codec);
  let plainWritten = 0;
  const writeValues = (first: number, end: number) => {
    const before = page.length;
    writePlain(page, leaf.type, written, first, end);
    plainWritten += page.length - before;
  };

  if (dictionary !== undefined) {
    writeValues(0, written.values.length);
    writer.finishPage(PAGE.dictionary, written.values.length, ENCODING.plain);
  }
  const dataStart = file.length;
  const pages = splitPages(leaf, Math.floor(PAGE_BYTES / Math.max(1, dataSize / Math.max(1, leaf.count))));
  for (const { from, to, firstValue, endValue } of pages) {
    writeLevels(page, leaf.repetition, leaf.maxRepetition, from, to);
    writeLevels(page, leaf.definition, leaf.maxDefinition, from, to);
    if (dictionary === undefined) writeValues(firstValue, endValue);
    else {
      page.byte(width);
      writeHybrid(page, dictionary.indices, firstValue, endValue, width);
    }
    writer.finishPage(PAGE.data, to - from, dictionary === undefined ? ENCODING.plain : ENCODING.dictionary);
  }

  // text takes as many bytes as it has UTF-16 units where all of it is ASCII
  const bounds = boundsOf(written, plainWritten === plainSize);
  const nulls = leaf.count - countValues(leaf.present);
  const { uncompressed } = writer;
  const compressed = file.length - start;
  const metadata = struct(
    [1, i32(physicalType(leaf.type))],
    [2, list(encodingsOf(dictionary).map(i32))],
    [3, list(leaf.path.map(binary))],
    [4, i32(codec)],
    [5, i64(leaf.count)],
    [6, i64(uncompressed)],
    [7, i64(compressed)],
    [9, i64(dataStart)],
    [11, dictionary && i64(start)],
    [12, footerStatistics(leaf.type, nulls, bounds)],
    [13, list(pageCounts(dictionary, pages.length))],
  );
  return { metadata: struct([2, i64(start)], [3, metadata]), uncompressed, compressed, nulls, bounds };
}

function encodingsOf(dictionary: Dictionary | undefined): number[] {
  const { plain, rle, dictionary: indices } = ENCODING;
  return dictionary === undefined ? [plain, rle] : [plain, rle, indices];
}

/** By them a reader knows that all values are in the dictionary. */
function pageCounts(dictionary: Dictionary | undefined, dataPages: number): Thrift[] {
  const count = (type: number, encoding: number, pages: number) =>
    struct([1, i32(type)], [2, i32(encoding)], [3, i32(pages)]);
  if (dictionary === undefined) return [count(PAGE.data, ENCODING.plain, dataPages)];
  return [count(PAGE.dictionary, ENCODING.plain, 1), count(PAGE.data, ENCODING.dictionary, dataPages)];
}
