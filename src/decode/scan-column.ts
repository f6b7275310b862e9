import { type ColumnBuilder, setMicrosOfMillis, setValid } from '../columns/column-builder.ts';
import type { Column } from '../fleet/model.ts';
import type { ColumnDecoder } from './column-decoder.ts';
import type { ReadingContext } from './reading.ts';
import { BYTES, DECLINED } from './scan-memory.ts';
import { scanned, scanNumber } from './scan-number.ts';
import { createTextCache, scanText, setScanned, type TextCache } from './scan-text.ts';
import { createKnownTimes, type KnownTimes, scanTime } from './scan-time.ts';
import { scalar, scanScalar } from './scan-value.ts';

const QUOTE = 0x22;

/** What stands in the payload for a column, so that the common forms go from bytes to slot without a value in between. */
const ANY = 0;
const NUMBER = 1;
const TEXT = 2;
const TIME = 3;
type Form = typeof ANY | typeof NUMBER | typeof TEXT | typeof TIME;

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
  if (column.type === 'double') return NUMBER;
  if (column.type === 'string') return TEXT;
  return column.type === 'timestamp' && column.time?.format === 'iso' && !nullNumbers ? TIME : ANY;
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
  switch (scanner.form) {
    case NUMBER:
      if (column.kind === 'float64' && (!isQuote || scanner.quoted)) {
        const end = isQuote ? scanQuoted(start) : scanNumber(start);
        if (end === DECLINED) break;
        const { number } = scanned;
        if (!(number >= scanner.low && number <= scanner.high)) return DECLINED;
        column.values[row] = number;
        setValid(column, row);
        return end;
      }
      break;
    case TEXT:
      if (isQuote && column.kind === 'text') {
        const end = scanText(start, scanner.texts);
        if (end === DECLINED) return DECLINED;
        const { text } = scanner.texts;
        if (scanner.nulls?.has(text) === true) outcome.written = false;
        else setScanned(column, row, scanner.texts);
        setValid(column, row);
        return end;
      }
      break;
    case TIME:
      if (isQuote && column.kind === 'int64') {
        const end = scanTime(start, scanner.times);
        if (end === DECLINED) break;
        const { millis } = scanner.times;
        setMicrosOfMillis(column, row, millis);
        setValid(column, row);
        context.millis = millis;
        return end;
      }
      break;
    case ANY:
      break;
  }
  return scanAny(start, scanner, column, row, context);
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
