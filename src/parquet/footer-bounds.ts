import { parseDecimalType, type PrimitiveType } from '../columns/types.ts';
import type { Bounds } from './bounds.ts';
import { decimalBytes } from './parquet-schema.ts';
import { isNarrow, twosComplement } from './plain.ts';
import { binary, bool, i64, struct, type Thrift } from './thrift.ts';

/** Bytes to which the bounds of text are cut, rounded outwards. */
const BOUND_BYTES = 64;
/** UTF-8 of U+10FFFF, above which there is no character. */
const HIGHEST = Buffer.from([0xf4, 0x8f, 0xbf, 0xbf]);

type Edge = { readonly bytes: Uint8Array; readonly exact: boolean };

/**
 * `Statistics` of a column chunk. Without bounds where there is a NaN: it lies above all numbers in SQL, and readers that
 * go by a maximum would miss it.
 */
export function footerStatistics(type: PrimitiveType, nulls: number, bounds: Bounds | undefined): Thrift {
  const known = bounds === undefined || bounds.min > bounds.max || !bounds.finite ? undefined : bounds;
  const min = known && edgeOf(type, known.min, false);
  const max = known && edgeOf(type, known.max, true);
  return struct(
    [3, i64(nulls)],
    [5, max && binary(max.bytes)],
    [6, min && binary(min.bytes)],
    [7, max && bool(max.exact)],
    [8, min && bool(min.exact)],
  );
}

function edgeOf(type: PrimitiveType, value: Bounds['min'], isMax: boolean): Edge | undefined {
  if (typeof value === 'string') return textEdge(Buffer.from(value), isMax);
  return { bytes: plainBytes(type, value), exact: true };
}

/** As PLAIN has it, without a length. */
function plainBytes(type: PrimitiveType, value: number | bigint): Uint8Array {
  if (type === 'boolean') return Uint8Array.of(Number(value));
  if (type === 'double') return new Uint8Array(Float64Array.of(Number(value)).buffer);
  if (type === 'float') return new Uint8Array(Float32Array.of(Number(value)).buffer);
  if (typeof value === 'number' || isNarrow(type)) return new Uint8Array(Int32Array.of(Number(value)).buffer);
  const precision = parseDecimalType(type)?.precision ?? 18;
  if (precision > 18) return twosComplement(value, decimalBytes(precision));
  return new Uint8Array(BigInt64Array.of(value).buffer);
}

function textEdge(bytes: Buffer, isMax: boolean): Edge | undefined {
  if (bytes.length <= BOUND_BYTES) return { bytes, exact: true };
  let end = isMax ? BOUND_BYTES - HIGHEST.length : BOUND_BYTES;
  // never within a character
  while ((bytes[end]! & 0xc0) === 0x80) end--;
  const prefix = bytes.subarray(0, end);
  if (!isMax) return { bytes: prefix, exact: false };
  if (bytes.subarray(end, end + HIGHEST.length).equals(HIGHEST)) return undefined;
  return { bytes: Buffer.concat([prefix, HIGHEST]), exact: false };
}
