import { setValid } from '../columns/column-builder.ts';
import { setText } from '../columns/text-builder.ts';
import { wrongType } from './failure.ts';
import { readExactly } from './reading.ts';
import { type ReadValue, readSource, type WriteValue } from './writer.ts';

/** Text; with `coerce` also numbers (every digit of whole ones) and booleans. */
export function writeText(coerce: boolean, read: ReadValue): WriteValue<'text'> {
  return (value, column, row, context) => {
    if (typeof value === 'string') {
      // UTF-8 has no form for half of a surrogate pair: writing it would change what was sent
      if (!value.isWellFormed()) return wrongType('text that UTF-8 can hold', value);
      setText(column, row, value);
    } else if (coerce && (typeof value === 'number' || typeof value === 'boolean')) {
      const exact = typeof value === 'boolean' || Math.abs(value) <= Number.MAX_SAFE_INTEGER;
      const text = exact ? String(value) : readSource(context, read);
      if (text === undefined) return wrongType('text', value);
      setText(column, row, text);
    } else {
      return wrongType('text', value);
    }
    setValid(column, row);
    return undefined;
  };
}

/** Any JSON value as compact JSON text; whole numbers beyond 2^53 keep their digits. */
export function writeJson(read: ReadValue): WriteValue<'text'> {
  return (value, column, row, context) => {
    let text: string;
    try {
      const exact = holdsLargeNumber(value) ? readExactly(context) : undefined;
      text = JSON.stringify(exact === undefined ? value : read(exact));
    } catch (error) {
      // the one thing that JSON.stringify cannot do to what JSON.parse made
      if (!(error instanceof RangeError)) throw error;
      return wrongType('JSON of less depth', value);
    }
    setText(column, row, text);
    setValid(column, row);
    return undefined;
  };
}

function holdsLargeNumber(value: unknown): boolean {
  if (typeof value === 'number') return Math.abs(value) > Number.MAX_SAFE_INTEGER;
  if (typeof value !== 'object' || value === null) return false;
  return Object.values(value).some(holdsLargeNumber);
}

const BOOLEANS: Readonly<Record<string, number>> = { true: 1, false: 0, 1: 1, 0: 0 };

/** true and false; with `coerce` also 1 and 0, and the text of those in any case. */
export function writeBoolean(coerce: boolean): WriteValue<'boolean'> {
  return (value, column, row) => {
    let bit: number | undefined;
    if (typeof value === 'boolean') bit = value ? 1 : 0;
    else if (coerce && typeof value === 'number') bit = value === 1 ? 1 : value === 0 ? 0 : undefined;
    else if (coerce && typeof value === 'string') {
      const word = value.trim().toLowerCase();
      bit = Object.hasOwn(BOOLEANS, word) ? BOOLEANS[word] : undefined;
    }
    if (bit === undefined) return wrongType('true or false', value);
    column.values[row] = bit;
    setValid(column, row);
    return undefined;
  };
}

const BASE64 = /^[A-Za-z0-9+/_-]*={0,2}$/;

/** Base64 text in either alphabet, padded or not; with `coerce` blanks around it are no matter. */
export function writeBinary(coerce: boolean): WriteValue<'bytes'> {
  return (value, column, row) => {
    if (typeof value !== 'string') return wrongType('base64 text', value);
    const text = coerce ? value.trim() : value;
    const digits = text.replace(/=+$/, '').length;
    const padded = digits === text.length || text.length % 4 === 0;
    if (!BASE64.test(text) || digits % 4 === 1 || !padded) return wrongType('base64 text', value);
    column.values[row] = Buffer.from(text, 'base64');
    setValid(column, row);
    return undefined;
  };
}
