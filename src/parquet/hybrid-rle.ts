import type { ByteSink } from './byte-sink.ts';
import { writeVarint } from './thrift.ts';

/** Values a bit-packed group; equal values that are worth a run of their own. */
const GROUP = 8;

/**
 * The values from `start` to `end` as "RLE / bit-packing hybrid": runs of equal values, and groups of eight between them.
 * @param width bits a value, at most 24
 */
export function writeHybrid(
  sink: ByteSink,
  values: Uint8Array | Uint32Array,
  start: number,
  end: number,
  width: number,
): void {
  let pending = start;
  let at = start;
  while (at < end) {
    const value = values[at]!;
    let next = at + 1;
    while (next < end && values[next] === value) next++;
    // what is packed before a run fills whole groups, with the run's own values if need be
    const filler = (GROUP - ((at - pending) % GROUP)) % GROUP;
    if (next - at >= GROUP + filler) {
      writePacked(sink, values, pending, at + filler, width);
      writeRun(sink, value, next - at - filler, width);
      pending = next;
    }
    at = next;
  }
  writePacked(sink, values, pending, end, width);
}

/** One value again and again, as a run. */
export function writeRun(sink: ByteSink, value: number, count: number, width: number): void {
  writeVarint(sink, 2 * count);
  for (let bits = 0; bits < width; bits += 8) sink.byte(value >>> bits);
}

function writePacked(
  sink: ByteSink,
  values: Uint8Array | Uint32Array,
  start: number,
  end: number,
  width: number,
): void {
  if (start === end) return;
  const groups = Math.ceil((end - start) / GROUP);
  writeVarint(sink, 2 * groups + 1);
  const packed = new Uint8Array(groups * width);
  let at = 0;
  let buffer = 0;
  let bits = 0;
  for (let i = start; i < end; i++) {
    buffer |= values[i]! << bits;
    bits += width;
    while (bits >= 8) {
      packed[at++] = buffer;
      buffer >>>= 8;
      bits -= 8;
    }
  }
  if (bits > 0) packed[at] = buffer;
  sink.bytes(packed);
}

/** Bits that a number up to `max` takes. */
export function bitWidth(max: number): number {
  return 32 - Math.clz32(max);
}
