import type { Bounds } from './bounds.ts';
import { boundsOf } from './bounds.ts';
import { type ByteSink, createByteSink } from './byte-sink.ts';
import { compressZstd } from './compressors.ts';
import { buildDictionary, type Dictionary } from './dictionary.ts';
import { footerStatistics } from './footer-bounds.ts';
import { bitWidth, writeHybrid } from './hybrid-rle.ts';
import type { Leaf } from './leaf.ts';
import { plainBytes, writePlain } from './plain.ts';
import { physicalType } from './parquet-schema.ts';
import { binary, i32, i64, list, struct, type Thrift, writeThrift } from './thrift.ts';

const ENCODING = { plain: 0, rle: 3, dictionary: 8 } as const;
const CODEC = { uncompressed: 0, zstd: 6 } as const;
const PAGE = { data: 0, dictionary: 2 } as const;

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

/** Appends one leaf's pages to the file: a dictionary where one pays, then data pages of version 1, which every reader knows. */
export function writeChunk(file: ByteSink, leaf: Leaf): WrittenChunk {
  const start = file.length;
  const dictionary = buildDictionary(leaf.present);
  const plain = plainBytes(dictionary?.distinct ?? leaf.present);
  const width = dictionary === undefined ? 0 : bitWidth(dictionary.distinct.values.length - 1);
  const estimate = plain + (dictionary === undefined ? 0 : (width * dictionary.indices.length) / 8);
  const writer = createPageWriter(file, estimate >= COMPRESS_FROM);
  const { page } = writer;
  if (dictionary !== undefined) {
    const { distinct } = dictionary;
    writePlain(page, leaf.type, distinct, 0, distinct.values.length);
    writer.finishPage(PAGE.dictionary, distinct.values.length, ENCODING.plain);
  }
  const dataStart = file.length;
  const perLevel = Math.max(
    1,
    (dictionary === undefined ? plain : estimate - plain) / Math.max(1, leaf.count),
  );
  const pages = splitPages(leaf, Math.max(1, Math.floor(PAGE_BYTES / perLevel)));
  for (const part of pages) {
    writeLevels(page, leaf.repetition, leaf.maxRepetition, part.from, part.to);
    writeLevels(page, leaf.definition, leaf.maxDefinition, part.from, part.to);
    writeValues(page, leaf, dictionary, width, part.firstValue, part.endValue);
    writer.finishPage(
      PAGE.data,
      part.to - part.from,
      dictionary === undefined ? ENCODING.plain : ENCODING.dictionary,
    );
  }
  const bounds = boundsOf(dictionary?.distinct ?? leaf.present);
  const nulls = leaf.count - leaf.present.values.length;
  const compressed = file.length - start;
  const metadata = struct(
    [1, i32(physicalType(leaf.type))],
    [2, list([ENCODING.plain, ENCODING.rle, ...(dictionary ? [ENCODING.dictionary] : [])].map(i32))],
    [3, list(leaf.path.map(binary))],
    [4, i32(writer.codec)],
    [5, i64(leaf.count)],
    [6, i64(writer.uncompressed)],
    [7, i64(compressed)],
    [9, i64(dataStart)],
    [11, dictionary && i64(start)],
    [12, footerStatistics(leaf.type, nulls, bounds)],
    [
      13,
      list([
        ...(dictionary ? [pageCount(PAGE.dictionary, ENCODING.plain, 1)] : []),
        pageCount(PAGE.data, dictionary ? ENCODING.dictionary : ENCODING.plain, pages.length),
      ]),
    ],
  );
  return {
    metadata: struct([2, i64(start)], [3, metadata]),
    uncompressed: writer.uncompressed,
    compressed,
    nulls,
    bounds,
  };
}

function pageCount(type: number, encoding: number, count: number): Thrift {
  return struct([1, i32(type)], [2, i32(encoding)], [3, i32(count)]);
}

function createPageWriter(file: ByteSink, compress: boolean) {
  const page = createByteSink(4096);
  let uncompressed = 0;
  return {
    page,
    codec: compress ? CODEC.zstd : CODEC.uncompressed,
    get uncompressed() {
      return uncompressed;
    },
    finishPage(type: number, count: number, encoding: number): void {
      const body = page.view();
      const packed = compress ? compressZstd(body) : body;
      const data = struct(
        [1, i32(count)],
        [2, i32(encoding)],
        [3, i32(ENCODING.rle)],
        [4, i32(ENCODING.rle)],
      );
      const header = struct(
        [1, i32(type)],
        [2, i32(body.length)],
        [3, i32(packed.length)],
        [5, type === PAGE.data ? data : undefined],
        [7, type === PAGE.dictionary ? struct([1, i32(count)], [2, i32(encoding)]) : undefined],
      );
      const start = file.length;
      writeThrift(file, header);
      uncompressed += file.length - start + body.length;
      file.bytes(packed);
      page.clear();
    },
  };
}

type PagePart = {
  readonly from: number;
  readonly to: number;
  readonly firstValue: number;
  readonly endValue: number;
};

/** A page begins with a row: where repetition is 0. */
function splitPages(
  { count, definition, maxDefinition, repetition, present }: Leaf,
  levels: number,
): PagePart[] {
  if (count <= levels) return [{ from: 0, to: count, firstValue: 0, endValue: present.values.length }];
  const parts: PagePart[] = [];
  let from = 0;
  let firstValue = 0;
  let value = 0;
  for (let at = 0; at < count; at++) {
    if (at - from >= levels && (repetition === undefined || repetition[at] === 0)) {
      parts.push({ from, to: at, firstValue, endValue: value });
      from = at;
      firstValue = value;
    }
    if (definition === undefined || definition[at] === maxDefinition) value++;
  }
  return [...parts, { from, to: count, firstValue, endValue: value }];
}

/** Levels of version-1 pages have their length in front. Undefined levels are all the greatest. */
function writeLevels(
  page: ByteSink,
  levels: Uint8Array | undefined,
  max: number,
  from: number,
  to: number,
): void {
  if (max === 0) return;
  const width = bitWidth(max);
  const hybrid = createByteSink(64);
  if (levels === undefined) writeHybrid(hybrid, new Uint8Array(to - from).fill(max), 0, to - from, width);
  else writeHybrid(hybrid, levels, from, to, width);
  page.uint32(hybrid.length);
  page.bytes(hybrid.view());
}

function writeValues(
  page: ByteSink,
  leaf: Leaf,
  dictionary: Dictionary | undefined,
  width: number,
  start: number,
  end: number,
): void {
  if (dictionary === undefined) return writePlain(page, leaf.type, leaf.present, start, end);
  page.byte(width);
  writeHybrid(page, dictionary.indices, start, end, width);
}
