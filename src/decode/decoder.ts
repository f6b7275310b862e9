import { type BatchBuilder, createBatchBuilder } from '../columns/builder.ts';
import { ORIGIN } from '../columns/reserved.ts';
import type { StructType } from '../columns/types.ts';
import { TributaryError } from '../errors.ts';
import type { Table } from '../fleet/model.ts';
import { type ColumnDecoder, compileColumn } from './column-decoder.ts';
import { compileTimeCheck } from './event-time.ts';
import { type Failure, type FailureReason, formatDetail } from './failure.ts';
import type { Message } from './message.ts';
import { compileOrigin } from './origin-writer.ts';
import { formatPath } from './paths.ts';
import { type ParsedPayload, parsePayload, type SequenceItem } from './payload.ts';
import { compileReading } from './reading-decoder.ts';
import { compilePayloadScanner } from './scan-payload.ts';
import { compileReadings, createReadingContext, type FindReadings } from './reading.ts';

/** `readings`: how many the message holds, good and bad; 0 where the message as a whole failed. */
export type DecodeOutcome = { readonly readings: number; readonly failures: readonly Failure[] };

export type TableDecoder = {
  readonly table: Table;
  readonly schema: StructType;
  newBatch(capacity?: number): BatchBuilder;
  /**
   * Appends the message's good readings with their origin, and says which failed and why; a reading that fails names its
   * first failing column. A pure function of message and definition that throws for no payload whatever.
   *
   * @param only the readings to retry: all others are left alone
   * @param parse gives the payload as JSON, where another table may have asked for that too
   */
  decode(
    message: Message,
    into: BatchBuilder,
    only?: ReadonlySet<number>,
    parse?: () => ParsedPayload,
  ): DecodeOutcome;
};

/**
 * Compiles a table's definition once into functions of its columns.
 *
 * @param schema the table's columns in the order of the definition, then `_payload` (where the table keeps it), the origin
 *   columns and the partition column
 */
export function createTableDecoder(table: Table, schema: StructType): TableDecoder {
  const columns = compileColumns(table, schema);
  const checkTime = compileTimeCheck(table);
  const decodeReading = compileReading(table, columns, checkTime);
  const writeOrigin = compileOrigin(table, schema);
  const scanPayload = compilePayloadScanner(table, columns, checkTime, writeOrigin);
  const findReadings = compileReadings(table.readings);
  // values one after another are one reading each, arrays among them too
  const findInSequence = table.readings.kind === 'auto' ? (value: unknown) => [value] : findReadings;
  const noReading = failMessage('no-reading', describeAbsence(table.readings));
  const context = createReadingContext();

  /** Decodes the readings of one JSON value; `first` is the number of its first in the message. */
  function decodeReadings(task: Task, readings: readonly unknown[], first: number): void {
    const { message, into, only } = task;
    for (let number = 0; number < readings.length; number++) {
      const index = first + number;
      if (only !== undefined && !only.has(index)) continue;
      context.reading = readings[number];
      context.number = number;
      const failure = decodeReading(context, into, index);
      if (failure !== undefined) {
        task.failures.push(failure);
        continue;
      }
      writeOrigin(message, index, context.eventMillis, task.payload, into);
      into.endRow();
      task.payload = undefined;
    }
  }

  function enter(text: string, root: unknown, find: FindReadings): void {
    context.text = text;
    context.root = root;
    context.find = find;
    context.exact = undefined;
  }

  function decode(
    message: Message,
    into: BatchBuilder,
    only?: ReadonlySet<number>,
    parse: () => ParsedPayload = () => parsePayload(message.payload),
  ): DecodeOutcome {
    context.levels = message.levels;
    context.arrivedAt = message.arrivedAt;
    if (scanPayload !== undefined && only === undefined) {
      const readings = scanPayload(message, into, context);
      if (readings === 1) return ONE_READING;
      if (readings > 0) return { readings, failures: [] };
    }
    const parsed = parse();
    if (parsed.kind === 'malformed') return failMessage('not-json', parsed.detail);
    const task: Task = { message, into, only, payload: message.payload, failures: [] };
    return parsed.kind === 'value' ? decodeValue(task, parsed) : decodeSequence(task, parsed.items);
  }

  function decodeValue(
    task: Task,
    { value, text }: { readonly value: unknown; readonly text: string },
  ): DecodeOutcome {
    const readings = findReadings(value);
    if (readings === undefined || readings.length === 0) return noReading;
    if (leavesOut(task.only, readings.length)) task.payload = undefined;
    enter(text, value, findReadings);
    decodeReadings(task, readings, 0);
    return { readings: readings.length, failures: task.failures };
  }

  function decodeSequence(task: Task, items: readonly SequenceItem[]): DecodeOutcome {
    const found = items.map((item) =>
      item.kind === 'broken' ? undefined : (findInSequence(item.value) ?? []),
    );
    const count = found.reduce((sum, readings) => sum + (readings?.length ?? 1), 0);
    if (count === 0) return noReading;
    if (leavesOut(task.only, count)) task.payload = undefined;
    let first = 0;
    for (const [i, item] of items.entries()) {
      if (item.kind === 'broken') {
        if (task.only?.has(first) ?? true)
          task.failures.push({ index: first, reason: 'not-json', detail: item.detail });
        first++;
        continue;
      }
      const readings = found[i]!;
      enter(item.text, item.value, findInSequence);
      decodeReadings(task, readings, first);
      first += readings.length;
    }
    return { readings: count, failures: task.failures };
  }

  return { table, schema, newBatch: (capacity) => createBatchBuilder(schema, capacity), decode };
}

const ONE_READING: DecodeOutcome = { readings: 1, failures: [] };

/** One call of `decode` where the payload had to be parsed. */
type Task = {
  readonly message: Message;
  readonly into: BatchBuilder;
  readonly only: ReadonlySet<number> | undefined;
  /** the bytes for the row of the first good reading, until that row is written */
  payload: Uint8Array | undefined;
  readonly failures: Failure[];
};

/** Whether other readings of the message were good before: one of their rows keeps the payload then. */
function leavesOut(only: ReadonlySet<number> | undefined, count: number): boolean {
  return only !== undefined && only.size < count;
}

function failMessage(reason: FailureReason, detail: string): DecodeOutcome {
  return { readings: 0, failures: [{ index: -1, reason, detail }] };
}

function describeAbsence(rule: Table['readings']): string {
  return rule.kind === 'auto'
    ? 'expected readings, received an empty array'
    : formatDetail(`expected an array with readings at ${formatPath(rule.path)}`);
}

function compileColumns(table: Table, schema: StructType): readonly ColumnDecoder[] {
  const columns = table.columns.map((column) => compileColumn(column, table.nullText));
  columns.forEach(({ name }, i) => {
    if (schema.fields[i]?.name === name) return;
    throw new TributaryError(`table ${table.name}: column ${name} stands elsewhere in the schema`);
  });
  if (table.eventTime !== ORIGIN.arrivedAt && !columns.some(({ name }) => name === table.eventTime)) {
    throw new TributaryError(`table ${table.name}: no column ${table.eventTime} to be the event time`);
  }
  return columns;
}
