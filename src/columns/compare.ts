import { TributaryError } from '../errors.ts';
import { CodedText } from './coded-text.ts';
import type { Column } from './column.ts';

/** Orders two rows of a column: negative, zero or positive. */
export type CompareRows = (a: number, b: number) => number;

/**
 * The order of a column's rows: nulls first; numbers by value, NaN last; text by UTF-16 code units, bytes by value.
 * Nested columns have no order.
 */
export function compareColumn(column: Column): CompareRows {
  const compare = compareValues(column);
  const { validity } = column;
  if (validity === undefined) return compare;
  return (a, b) => {
    if (validity[a] === 0 || validity[b] === 0) return validity[a]! - validity[b]!;
    return compare(a, b);
  };
}

function compareValues(column: Column): CompareRows {
  switch (column.kind) {
    case 'int32':
    case 'boolean': {
      const { values } = column;
      return (a, b) => values[a]! - values[b]!;
    }
    case 'float64':
    case 'float32': {
      const { values } = column;
      return (a, b) => compareFloats(values[a]!, values[b]!);
    }
    case 'int64':
      return compareInt64(column.values);
    case 'bigint': {
      const { values } = column;
      return (a, b) => compareOrdered(values[a]!, values[b]!);
    }
    case 'text': {
      if (column instanceof CodedText) return compareCodes(column);
      const { values } = column;
      return (a, b) => compareOrdered(values[a]!, values[b]!);
    }
    case 'bytes': {
      const { values } = column;
      return (a, b) => Buffer.compare(values[a]!, values[b]!);
    }
    case 'nested':
      throw new TributaryError(`rows cannot be ordered by a column of type ${JSON.stringify(column.type)}`);
  }
}

function compareFloats(a: number, b: number): number {
  if (a < b) return -1;
  if (a > b) return 1;
  if (a === b) return 0;
  return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
}

function compareOrdered<T extends string | bigint>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function compareCodes({ codes, distinct }: CodedText): CompareRows {
  return (a, b) => {
    const [x, y] = [codes[a]!, codes[b]!];
    return x === y ? 0 : compareOrdered(distinct[x]!, distinct[y]!);
  };
}

/** By halves, the high one signed, the low one not: reading a BigInt a comparison would cost many times as much. */
function compareInt64(values: BigInt64Array): CompareRows {
  const high = new Int32Array(values.buffer, values.byteOffset, 2 * values.length);
  const low = new Uint32Array(values.buffer, values.byteOffset, 2 * values.length);
  return (a, b) => {
    const difference = high[2 * a + 1]! - high[2 * b + 1]!;
    return difference === 0 ? low[2 * a]! - low[2 * b]! : difference;
  };
}
