import { type ColumnBuilder, setInt64, setMicrosOfMillis } from '../columns/column-builder.ts';
import type { ColumnKind } from '../columns/column.ts';
import type { Column } from '../fleet/model.ts';
import type { ColumnDecoder } from './column-decoder.ts';
import type { ReadingContext } from './reading.ts';
import { BYTES, DECLINED } from './scan-memory.ts';
import { scanned, scanNumber } from './scan-number.ts';
import { createTextCache, scanText, setScanned, type TextCache } from './scan-text.ts';
import { createKnownTimes, type KnownTimes, scanTime } from './scan-time.ts';
import { scalar, scanScalar } from './scan-value.ts';

const QUOTE = 0x22;

/** What usually stands in the payload for a column: these forms go from bytes to slot without a value in between. */
const ANY = 0;
const NUMBER = 1;
const WHOLE = 2;
const TEXT = 3;
const TIME = 4;
type Form = typeof ANY | typeof NUMBER | typeof WHOLE | typeof TEXT | typeof TIME;

type Slots<K extends ColumnKind> = Extract<ColumnBuilder, { readonly kind: K }>;

export type ColumnScanner = {
  readonly decoder: ColumnDecoder;
  readonly form: Form;
  /** numbers come as text too */
  readonly quoted: boolean;
  readonly low: number;
  readonly high: number;
  readonly nulls: ReadonlySet<unknown> | undefined;
  readonly texts: TextCache;
  readonly times: KnownTimes;
};

/** What came of the value that was scanned last: it is in its slot, or it is null. */
export const outcome = { written: false };

/** @param odd for text where none is usual */
export function compileScanner(
  column: Column,
  decoder: ColumnDecoder,
  nullText: readonly string[],
  odd: TextCache,
): ColumnScanner {
  // what is null by its text is no number and no time, though it looks like one
  const nullNumbers = nullText.some((text) => /\d/.test(text));
  const form = formOf(column, nullNumbers);
  return {
    decoder,
    form,
    quoted: column.coerce && !nullNumbers,
    low: column.min ?? -Number.MAX_VALUE,
    high: column.max ?? Number.MAX_VALUE,
    nulls: nullText.length === 0 ? undefined : new Set(nullText),
    texts: form === TEXT ? createTextCache() : odd,
    times: createKnownTimes(),
  };
}

function formOf(column: Column, nullNumbers: boolean): Form {
  switch (column.type) {
    case 'double':
      return NUMBER;
    case 'long':
      return WHOLE;
    case 'string':
      return TEXT;
    case 'timestamp':
      return column.time?.format === 'iso' && !nullNumbers ? TIME : ANY;
    default:
      return ANY;
  }
}

/** The end of a column's value, which is in its slot then, or null (`outcome`). */
export function scanColumn(
  start: number,
  scanner: ColumnScanner,
  column: ColumnBuilder,
  row: number,
  context: ReadingContext,
): number {
  const isQuote = BYTES[start] === QUOTE;
  outcome.written = true;
  // the form follows from the column's type, and so does the kind of its slots
  switch (scanner.form) {
    case NUMBER:
    case WHOLE: {
      if (isQuote && !scanner.quoted) break;
      const end = isQuote ? scanQuoted(start) : scanNumber(start);
      if (end === DECLINED) break;
      const { number } = scanned;
      if (!(number >= scanner.low && number <= scanner.high)) return DECLINED;
      if (scanner.form === NUMBER) return setDouble(column as Slots<'float64'>, row, number, end);
      // what is not exactly what was sent has to be looked at again
      return Number.isSafeInteger(number) ? setLong(column as Slots<'int64'>, row, number, end) : DECLINED;
    }
    case TEXT: {
      if (!isQuote) break;
      const end = scanText(start, scanner.texts);
      if (end === DECLINED) return DECLINED;
      if (scanner.nulls?.has(scanner.texts.text) === true) outcome.written = false;
      else setScanned(column as Slots<'text'>, row, scanner.texts);
      return end;
    }
    case TIME: {
      if (!isQuote) break;
      const end = scanTime(start, scanner.times);
      if (end === DECLINED) break;
      context.millis = scanner.times.millis;
      return setTime(column as Slots<'int64'>, row, scanner.times.millis, end);
    }
    case ANY:
      break;
  }
  return scanAny(start, scanner, column, row, context);
}

// one function a kind of slots: each sees objects of one shape alone

function setDouble(column: Slots<'float64'>, row: number, number: number, end: number): number {
  column.values[row] = number;
  if (column.validity !== undefined) column.validity[row] = 1;
  return end;
}

function setLong(column: Slots<'int64'>, row: number, number: number, end: number): number {
  setInt64(column, row, number);
  if (column.validity !== undefined) column.validity[row] = 1;
  return end;
}

function setTime(column: Slots<'int64'>, row: number, millis: number, end: number): number {
  setMicrosOfMillis(column, row, millis);
  if (column.validity !== undefined) column.validity[row] = 1;
  return end;
}

/** The end of a number in quotes. */
function scanQuoted(quote: number): number {
  const end = scanNumber(quote + 1);
  return end !== DECLINED && BYTES[end] === QUOTE ? end + 1 : DECLINED;
}

/** The value as the column's own decoder takes it. */
function scanAny(
  start: number,
  { decoder, nulls, texts }: ColumnScanner,
  column: ColumnBuilder,
  row: number,
  context: ReadingContext,
): number {
  const end = scanScalar(start, texts);
  if (end === DECLINED) return DECLINED;
  const { value } = scalar;
  if (value === null || (typeof value === 'string' && nulls?.has(value) === true)) {
    outcome.written = false;
    return end;
  }
  return decoder.write(value, column, row, context) === undefined ? end : DECLINED;
}
