import type { ByteSink } from './byte-sink.ts';
import { compressZstd } from './compressors.ts';
import { countValues, type Leaf } from './leaf.ts';
import { i32, struct, writeThrift } from './thrift.ts';

/** Numbers of the Parquet format's enumerations. */
export const ENCODING = { plain: 0, rle: 3, dictionary: 8 } as const;
export const CODEC = { uncompressed: 0, zstd: 6 } as const;
export const PAGE = { data: 0, dictionary: 2 } as const;

/** Part of a leaf: its levels from `from` to `to`, and the values that they speak of. */
export type PagePart = {
  readonly from: number;
  readonly to: number;
  readonly firstValue: number;
  readonly endValue: number;
};

/** Parts of about so many levels; each begins with a row, where repetition is 0. */
export function splitPages(leaf: Leaf, levels: number): PagePart[] {
  const { count, definition, maxDefinition, repetition, present } = leaf;
  if (count <= levels) return [{ from: 0, to: count, firstValue: 0, endValue: countValues(present) }];
  const parts: PagePart[] = [];
  let from = 0;
  let firstValue = 0;
  let value = 0;
  for (let at = 0; at < count; at++) {
    if (at - from >= levels && at > from && (repetition === undefined || repetition[at] === 0)) {
      parts.push({ from, to: at, firstValue, endValue: value });
      from = at;
      firstValue = value;
    }
    if (definition === undefined || definition[at] === maxDefinition) value++;
  }
  return [...parts, { from, to: count, firstValue, endValue: value }];
}

export type PageWriter = {
  /** bytes of all pages so far as they are unpacked, headers included */
  readonly uncompressed: number;
  /** moves what was put into the page to the file, compressed, after its header */
  finishPage(type: number, count: number, encoding: number): void;
};

export function createPageWriter(file: ByteSink, page: ByteSink, codec: number): PageWriter {
  let uncompressed = 0;
  return {
    get uncompressed() {
      return uncompressed;
    },
    finishPage(type, count, encoding) {
      const body = page.view();
      const packed = codec === CODEC.zstd ? compressZstd(body) : body;
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
