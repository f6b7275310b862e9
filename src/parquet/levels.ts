import { type ByteSink, createByteSink } from './byte-sink.ts';
import { bitWidth, writeHybrid, writeRun } from './hybrid-rle.ts';

/**
 * Definition or repetition levels as pages of version 1 have them: with their length in front, and not at all where
 * there is but one level. Undefined levels are all the greatest.
 */
export function writeLevels(
  page: ByteSink,
  levels: Uint8Array | undefined,
  max: number,
  from: number,
  to: number,
): void {
  if (max === 0) return;
  const hybrid = createByteSink(16 + (levels === undefined ? 0 : (to - from) >>> 2));
  if (levels === undefined) writeRun(hybrid, max, to - from, bitWidth(max));
  else writeHybrid(hybrid, levels, from, to, bitWidth(max));
  page.uint32(hybrid.length);
  page.bytes(hybrid.view());
}
