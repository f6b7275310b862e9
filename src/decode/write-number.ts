import { setInt64, setValid } from '../columns/column-builder.ts';
import { parseDecimalText, rescaleDecimal } from './decimal-text.ts';
import { outOfRange, wrongType } from './failure.ts';
import { type ReadValue, readSource, type WriteValue } from './writer.ts';

export type NumberRules = {
  readonly coerce: boolean;
  readonly min: number | undefined;
  readonly max: number | undefined;
};

// no two parts of it match the same digit, so that long text cannot make it slow
const NUMERIC_TEXT = /^\s*[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?\s*$/;

/** A JSON number, or numeric text where that is wanted; undefined for anything else. */
export function toNumber(value: unknown, coerce: boolean): number | undefined {
  if (typeof value === 'number') return value;
  return coerce && typeof value === 'string' && NUMERIC_TEXT.test(value) ? Number(value) : undefined;
}

export function writeDouble({ coerce, min, max }: NumberRules): WriteValue<'float64'> {
  const low = min ?? -Number.MAX_VALUE;
  const high = max ?? Number.MAX_VALUE;
  return (value, column, row) => {
    const number = typeof value === 'number' ? value : toNumber(value, coerce);
    if (number === undefined) return wrongType('a number', value);
    if (number < low || number > high) return outOfRange(describeRange('a number', min, max), value);
    column.values[row] = number;
    setValid(column, row);
    return undefined;
  };
}

export function writeFloat({ coerce, min, max }: NumberRules): WriteValue<'float32'> {
  const low = min ?? -Number.MAX_VALUE;
  const high = max ?? Number.MAX_VALUE;
  return (value, column, row) => {
    const number = toNumber(value, coerce);
    if (number === undefined) return wrongType('a number', value);
    if (number < low || number > high || !Number.isFinite(Math.fround(number))) {
      return outOfRange(describeRange('a number that a float holds', min, max), value);
    }
    column.values[row] = number;
    setValid(column, row);
    return undefined;
  };
}

const INT32_BOUNDS = {
  integer: [-2_147_483_648, 2_147_483_647],
  short: [-32_768, 32_767],
  byte: [-128, 127],
} as const;

export function writeInt32(
  type: keyof typeof INT32_BOUNDS,
  { coerce, min, max }: NumberRules,
): WriteValue<'int32'> {
  const low = Math.max(min ?? -Infinity, INT32_BOUNDS[type][0]);
  const high = Math.min(max ?? Infinity, INT32_BOUNDS[type][1]);
  return (value, column, row) => {
    const number = toNumber(value, coerce);
    if (number === undefined || (!Number.isInteger(number) && Number.isFinite(number))) {
      return wrongType('a whole number', value);
    }
    if (number < low || number > high) return outOfRange(describeRange('a whole number', low, high), value);
    column.values[row] = number;
    setValid(column, row);
    return undefined;
  };
}

const MIN_LONG = -(2n ** 63n);
const MAX_LONG = 2n ** 63n - 1n;

/** Every digit of an int64: numbers beyond 2^53 are read again from the payload's text. */
export function writeLong({ coerce, min, max }: NumberRules, read: ReadValue): WriteValue<'int64'> {
  const low = min ?? -Infinity;
  const high = max ?? Infinity;
  return (value, column, row, context) => {
    if (typeof value === 'number' && Number.isSafeInteger(value)) {
      if (value < low || value > high) return outOfRange(describeRange('a whole number', min, max), value);
      setInt64(column, row, value);
      setValid(column, row);
      return undefined;
    }
    const text = decimalSource(value, coerce, () => readSource(context, read));
    if (text === undefined) return wrongType('a whole number', value);
    const decimal = parseDecimalText(text.trim());
    if (decimal === undefined && typeof value === 'string') return wrongType('a whole number', value);
    const whole = decimal && rescaleDecimal(decimal, 0);
    if (decimal !== undefined && whole === undefined) return wrongType('a whole number', value);
    if (whole === undefined || whole < MIN_LONG || whole > MAX_LONG || whole < low || whole > high) {
      return outOfRange(describeRange('a whole number that a long holds', min, max), value);
    }
    column.values[row] = whole;
    setValid(column, row);
    return undefined;
  };
}

/** Decimals of 15 digits are told apart by doubles, so that arithmetic on those is exact enough to be checked. */
const MAX_EXACT = 1e15;

/**
 * A decimal, from text or a number, exactly; what has more digits than the type is refused, never rounded. A number's
 * digits are those of its shortest text, or those that were sent where a double cannot tell them.
 */
export function writeDecimal(
  { precision, scale }: { readonly precision: number; readonly scale: number },
  { coerce, min, max }: NumberRules,
  read: ReadValue,
): WriteValue<'int64' | 'bigint'> {
  const power = 10 ** scale;
  const limit = 10n ** BigInt(precision);
  const bound = Math.min(MAX_EXACT, 10 ** precision);
  const expected = `a decimal of ${precision - scale} digits before and ${scale} after the point`;
  const low = min ?? -Infinity;
  const high = max ?? Infinity;
  return (value, column, row, context) => {
    if (typeof value === 'number' && column.kind === 'int64') {
      const unscaled = Math.round(value * power);
      if (Math.abs(unscaled) < bound && unscaled / power === value) {
        if (value < low || value > high) return outOfRange(describeRange('a number', min, max), value);
        setInt64(column, row, unscaled);
        setValid(column, row);
        return undefined;
      }
    }
    const text = decimalSource(value, true, () => readSource(context, read));
    if (text === undefined || (!coerce && text !== text.trim())) return wrongType(expected, value);
    const decimal = parseDecimalText(text.trim());
    const unscaled = decimal && rescaleDecimal(decimal, scale);
    if (unscaled === undefined || unscaled >= limit || unscaled <= -limit) return wrongType(expected, value);
    const number = Number(text);
    if (number < low || number > high) return outOfRange(describeRange('a number', min, max), value);
    column.values[row] = unscaled;
    setValid(column, row);
    return undefined;
  };
}

/** The decimal text of a value: shortest where a double holds what was sent, otherwise as it was sent. */
function decimalSource(
  value: unknown,
  allowText: boolean,
  source: () => string | undefined,
): string | undefined {
  if (typeof value === 'string') return allowText ? value : undefined;
  if (typeof value !== 'number') return undefined;
  const shortest = String(value);
  return shortest.replace(/\D/g, '').length <= 15 && Number.isFinite(value) ? shortest : source();
}

function describeRange(what: string, min: number | undefined, max: number | undefined): string {
  if (min === undefined) return max === undefined ? what : `${what} of at most ${max}`;
  return max === undefined ? `${what} of at least ${min}` : `${what} from ${min} to ${max}`;
}
