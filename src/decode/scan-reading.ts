import type { BatchBuilder } from '../columns/builder.ts';
import { setNull } from '../columns/column-builder.ts';
import type { Table } from '../fleet/model.ts';
import type { ColumnDecoder } from './column-decoder.ts';
import type { CheckTime } from './event-time.ts';
import type { ReadingContext } from './reading.ts';
import { compileScanner, outcome, scanColumn } from './scan-column.ts';
import { compileKeys, type Key, type Members, scanKey } from './scan-keys.ts';
import { BYTES, DECLINED, skipBlanks } from './scan-memory.ts';
import { createTextCache } from './scan-text.ts';
import { skipNull, skipValue } from './scan-value.ts';

const COMMA = 0x2c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/**
 * The end of a reading, an object whose brace is at `start`, which is in the open row then. Where it is declined the row
 * stays open, and what stands in it is of no account.
 */
export type ScanReading = (start: number, into: BatchBuilder, context: ReadingContext) => number;

/**
 * A table's definition as a scanner of bytes; undefined where it asks for more than values under keys: such payloads are
 * always read by `JSON.parse`.
 */
export function compileReadingScanner(
  table: Table,
  decoders: readonly ColumnDecoder[],
  checkTime: CheckTime,
): ScanReading | undefined {
  const { columns, nullText } = table;
  if (columns.some(({ json, source }) => json || source.kind === 'timeFields')) return undefined;
  const members = compileKeys(
    columns.map(({ source }) => (source.kind === 'reading' || source.kind === 'message' ? source.paths : [])),
  );
  if (members === undefined) return undefined;
  const odd = createTextCache();
  const scanners = columns.map((column, i) => compileScanner(column, decoders[i]!, nullText, odd));
  const fromElsewhere = columns.map(
    ({ source }) => source.kind === 'topicLevel' || source.kind === 'arrival',
  );
  const eventColumn = columns.findIndex(({ name }) => name === table.eventTime);
  // by column the last reading that had a value for it
  const found = new Float64Array(columns.length);
  let reading = 0;

  function scanMembers(start: number, object: Members, into: BatchBuilder, context: ReadingContext): number {
    let at = skipBlanks(start + 1);
    if (BYTES[at] === CLOSE_BRACE) return at + 1;
    let guess = object.first;
    let before: Key | undefined;
    for (;;) {
      at = scanKey(at, object, guess);
      if (at === DECLINED) return DECLINED;
      const { key } = object;
      if (key !== guess) {
        if (before === undefined) object.first = key;
        else before.next = key;
      }
      at = scanMember(skipBlanks(at), key, into, context);
      if (at === DECLINED) return DECLINED;
      at = skipBlanks(at);
      const byte = BYTES[at++];
      if (byte === CLOSE_BRACE) return at;
      if (byte !== COMMA) return DECLINED;
      at = skipBlanks(at);
      before = key;
      guess = key.next;
    }
  }

  function scanMember(start: number, key: Key, into: BatchBuilder, context: ReadingContext): number {
    const { column, members: below } = key;
    if (column >= 0) {
      // a second value would have to replace the first, or yield to it
      if (found[column] === reading) return DECLINED;
      const end = scanColumn(start, scanners[column]!, into.columns[column]!, into.length, context);
      if (end !== DECLINED && outcome.written) {
        found[column] = reading;
        if (column === eventColumn) context.eventMillis = context.millis;
      }
      return end;
    }
    if (below === undefined) return skipValue(start);
    if (key.reading === reading) return DECLINED;
    if (BYTES[start] !== OPEN_BRACE) return skipNull(start);
    key.reading = reading;
    return scanMembers(start, below, into, context);
  }

  /** Columns that no key had a value for. */
  function fillColumn(column: number, into: BatchBuilder, context: ReadingContext): boolean {
    const { read, write, optional } = decoders[column]!;
    const slots = into.columns[column]!;
    const value = fromElsewhere[column] ? read(context) : undefined;
    if (value === undefined || value === null) {
      if (!optional || column === eventColumn) return false;
      setNull(slots, into.length, into.capacity);
      return true;
    }
    if (write(value, slots, into.length, context) !== undefined) return false;
    if (column === eventColumn) context.eventMillis = context.millis;
    return true;
  }

  return (start, into, context) => {
    reading++;
    context.eventMillis = context.arrivedAt;
    // whoever asks for digits beyond a double gets none, and declines
    context.exact = 'too deep';
    const end = scanMembers(start, members, into, context);
    if (end === DECLINED) return DECLINED;
    for (let column = 0; column < found.length; column++) {
      if (found[column] !== reading && !fillColumn(column, into, context)) return DECLINED;
    }
    if (eventColumn !== -1 && checkTime(context.eventMillis, context.arrivedAt) !== undefined)
      return DECLINED;
    return end;
  };
}
