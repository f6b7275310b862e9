import type { LeafValues } from './leaf.ts';
import { textExtremes } from './text-order.ts';

/**
 * The least and greatest value of a leaf, as canonical values: numbers, bigints, text in the order of its bytes. NaN is
 * passed over; where there is nothing else, `min` lies above `max`. `finite`: no value is NaN or infinite.
 */
export type Bounds = {
  readonly min: number | bigint | string;
  readonly max: number | bigint | string;
  readonly finite: boolean;
};

/**
 * Undefined where there is no value, or the type has no order that statistics speak of.
 * @param isAscii of text, where that is known already
 */
export function boundsOf(leaf: LeafValues, isAscii?: boolean): Bounds | undefined {
  if (leaf.values.length === 0) return undefined;
  switch (leaf.kind) {
    case 'float64':
    case 'float32':
      return floatBounds(leaf.values);
    case 'int32':
    case 'boolean':
      return intBounds(leaf.values);
    case 'int64':
      return int64Bounds(leaf.values);
    case 'bigint':
      return bigintBounds(leaf.values);
    case 'text':
      return { ...textExtremes(leaf.values, isAscii), finite: true };
    case 'bytes':
      return undefined;
  }
}

function floatBounds(values: Float64Array | Float32Array): Bounds {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  let finite = true;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value < min) min = value;
    if (value > max) max = value;
    // what is no number differs from itself, or is left over when it is taken from itself
    if (value - value !== 0) finite = false;
  }
  // the zeros have an order in Java: the bounds hold whichever of them is there
  return { min: min === 0 ? -0 : min, max: max === 0 ? 0 : max, finite };
}

function intBounds(values: Int32Array | Uint8Array): Bounds {
  let min = values[0]!;
  let max = min;
  for (let i = 1; i < values.length; i++) {
    const value = values[i]!;
    if (value < min) min = value;
    else if (value > max) max = value;
  }
  return { min, max, finite: true };
}

/** By halves, the high one signed: a BigInt a value would cost many times as much. */
function int64Bounds(values: BigInt64Array): Bounds {
  const high = new Int32Array(values.buffer, values.byteOffset, 2 * values.length);
  const low = new Uint32Array(values.buffer, values.byteOffset, 2 * values.length);
  let min = 0;
  let max = 0;
  for (let i = 1; i < values.length; i++) {
    const h = high[2 * i + 1]!;
    const l = low[2 * i]!;
    if (h < high[2 * min + 1]! || (h === high[2 * min + 1]! && l < low[2 * min]!)) min = i;
    else if (h > high[2 * max + 1]! || (h === high[2 * max + 1]! && l > low[2 * max]!)) max = i;
  }
  return { min: values[min]!, max: values[max]!, finite: true };
}

function bigintBounds(values: readonly bigint[]): Bounds {
  let min = values[0]!;
  let max = min;
  for (const value of values) {
    if (value < min) min = value;
    else if (value > max) max = value;
  }
  return { min, max, finite: true };
}
