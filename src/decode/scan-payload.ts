import type { BatchBuilder } from '../columns/builder.ts';
import type { Table } from '../fleet/model.ts';
import type { ColumnDecoder } from './column-decoder.ts';
import type { CheckTime } from './event-time.ts';
import type { Message } from './message.ts';
import type { WriteOrigin } from './origin-writer.ts';
import type { ReadingContext } from './reading.ts';
import { BYTES, DECLINED, loadPayload, skipBlanks } from './scan-memory.ts';
import { compileReadingScanner } from './scan-reading.ts';

const COMMA = 0x2c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;

/**
 * Appends a message's readings, straight from its bytes to the slots of the columns, and gives their number. 0, and not a
 * row, where it declines: because a reading fails, or because the payload is no object and no array of objects as devices
 * write them. What it appends is what reading the payload by `JSON.parse` would append.
 */
export type ScanPayload = (message: Message, into: BatchBuilder, context: ReadingContext) => number;

/** Undefined where the definition asks for more than the scanner gives. */
export function compilePayloadScanner(
  table: Table,
  decoders: readonly ColumnDecoder[],
  checkTime: CheckTime,
  writeOrigin: WriteOrigin,
): ScanPayload | undefined {
  if (table.readings.kind !== 'auto') return undefined;
  const scanReading = compileReadingScanner(table, decoders, checkTime);
  if (scanReading === undefined) return undefined;
  const sharesValues = table.columns.some(({ source }) => source.kind === 'message');

  function appendReading(
    start: number,
    message: Message,
    index: number,
    into: BatchBuilder,
    context: ReadingContext,
  ): number {
    const end = scanReading!(start, into, context);
    if (end === DECLINED) return DECLINED;
    writeOrigin(message, index, context.eventMillis, index === 0 ? message.payload : undefined, into);
    into.endRow();
    return end;
  }

  /** The end of an array with readings. */
  function appendReadings(
    start: number,
    message: Message,
    into: BatchBuilder,
    context: ReadingContext,
  ): number {
    let at = start;
    for (let index = 0; ; index++) {
      at = skipBlanks(at + 1);
      if (BYTES[at] !== OPEN_BRACE) return DECLINED;
      at = appendReading(at, message, index, into, context);
      if (at === DECLINED) return DECLINED;
      at = skipBlanks(at);
      if (BYTES[at] === CLOSE_BRACKET) return at + 1;
      if (BYTES[at] !== COMMA) return DECLINED;
    }
  }

  return (message, into, context) => {
    if (!loadPayload(message.payload)) return 0;
    const before = into.length;
    const start = skipBlanks(0);
    let end = DECLINED;
    if (BYTES[start] === OPEN_BRACE) end = appendReading(start, message, 0, into, context);
    else if (BYTES[start] === OPEN_BRACKET && !sharesValues)
      end = appendReadings(start, message, into, context);
    if (end !== DECLINED && skipBlanks(end) === message.payload.length) return into.length - before;
    into.rewind(before);
    return 0;
  };
}
