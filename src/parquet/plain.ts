import { parseDecimalType, type PrimitiveType } from '../columns/types.ts';
import type { ByteSink } from './byte-sink.ts';
import type { LeafValues } from './leaf.ts';
import { decimalBytes } from './parquet-schema.ts';

/** Values from `start` to `end` in Parquet's PLAIN encoding. Typed arrays are copied as they lie: all our machines are little-endian. */
export function writePlain(
  sink: ByteSink,
  type: PrimitiveType,
  leaf: LeafValues,
  start: number,
  end: number,
): void {
  switch (leaf.kind) {
    case 'float64':
    case 'float32':
    case 'int32':
      return sink.bytes(bytesOf(leaf.values.subarray(start, end)));
    case 'int64':
      return sink.bytes(
        bytesOf(
          isNarrow(type) ? lowHalves(leaf.values.subarray(start, end)) : leaf.values.subarray(start, end),
        ),
      );
    case 'boolean':
      return writeBits(sink, leaf.values, start, end);
    case 'text':
      return sink.texts(leaf.values, start, end);
    case 'bytes':
      for (let i = start; i < end; i++) {
        sink.uint32(leaf.values[i]!.length);
        sink.bytes(leaf.values[i]!);
      }
      return;
    case 'bigint': {
      const width = decimalBytes(parseDecimalType(type)?.precision ?? 38);
      for (let i = start; i < end; i++) sink.bytes(twosComplement(leaf.values[i]!, width));
    }
  }
}

/** Decimals of up to 9 digits are INT32 in the file. */
export function isNarrow(type: PrimitiveType): boolean {
  return (parseDecimalType(type)?.precision ?? 18) <= 9;
}

/** About how many bytes the values take. */
export function plainBytes({ kind, values }: LeafValues): number {
  if (kind === 'boolean') return values.length / 8;
  if (kind === 'text' || kind === 'bytes') {
    let total = 0;
    for (const value of values) total += 4 + value.length;
    return total;
  }
  return kind === 'bigint' ? 16 * values.length : values.byteLength;
}

function bytesOf({
  buffer,
  byteOffset,
  byteLength,
}: Float64Array | Float32Array | Int32Array | BigInt64Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function lowHalves(values: BigInt64Array): Int32Array {
  const halves = new Int32Array(values.buffer, values.byteOffset, 2 * values.length);
  return Int32Array.from({ length: values.length }, (_, i) => halves[2 * i]!);
}

function writeBits(sink: ByteSink, values: Uint8Array, start: number, end: number): void {
  for (let i = start; i < end; i += 8) {
    let byte = 0;
    for (let bit = 0; bit < 8 && i + bit < end; bit++) byte |= values[i + bit]! << bit;
    sink.byte(byte);
  }
}

/** Big-endian, as Parquet keeps wide decimals. */
export function twosComplement(value: bigint, width: number): Uint8Array {
  const hex = BigInt.asUintN(8 * width, value).toString(16);
  return Buffer.from(hex.padStart(2 * width, '0'), 'hex');
}
