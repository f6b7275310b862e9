/** Where a Parquet file's bytes come from: whole, or range by range. */
export type ParquetFile = {
  readonly byteLength: number;
  slice(start: number, end?: number): ArrayBuffer | Promise<ArrayBuffer>;
};

/** A file that is in memory already. */
export function fileOfBytes(bytes: Uint8Array): ParquetFile {
  // the reader lays typed arrays over what it is given, so that it must own the memory
  const { buffer, byteOffset, byteLength } = bytes;
  const memory = buffer instanceof ArrayBuffer ? buffer : new Uint8Array(bytes).buffer;
  const start = memory === buffer ? byteOffset : 0;
  return { byteLength, slice: (from, to = byteLength) => memory.slice(start + from, start + to) };
}

/** A file that is fetched range by range. */
export function fileOfRanges(
  byteLength: number,
  getRange: (offset: number, length: number) => Promise<Uint8Array>,
): ParquetFile {
  return {
    byteLength,
    async slice(start, end = byteLength) {
      const bytes = await getRange(start, end - start);
      return fileOfBytes(bytes).slice(0);
    },
  };
}
