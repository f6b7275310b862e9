import type { BatchBuilder } from '../columns/builder.ts';
import { dateOfDays, MS_PER_DAY } from '../columns/calendar.ts';
import {
  type ColumnBuilder,
  columnKindOf,
  setMicrosOfMillis,
  setNull,
  setValid,
} from '../columns/column-builder.ts';
import type { ColumnKind } from '../columns/column.ts';
import { ORIGIN, PARTITION_COLUMN, PAYLOAD } from '../columns/reserved.ts';
import { setPlainText, setSteadyText, setText } from '../columns/text-builder.ts';
import type { StructType } from '../columns/types.ts';
import { TributaryError } from '../errors.ts';
import type { Table } from '../fleet/model.ts';
import type { Message } from './message.ts';

/** Writes what a row has beside its table's columns: origin, partition, and the payload or null. */
export type WriteOrigin = (
  message: Message,
  index: number,
  eventMillis: number,
  payload: Uint8Array | undefined,
  into: BatchBuilder,
) => void;

type Slots<K extends ColumnKind> = Extract<ColumnBuilder, { readonly kind: K }>;

export function compileOrigin(table: Table, schema: StructType): WriteOrigin {
  const topic = findColumn(schema, ORIGIN.topic, 'text');
  const arrivedAt = findColumn(schema, ORIGIN.arrivedAt, 'int64');
  const stream = findColumn(schema, ORIGIN.stream, 'text');
  const shard = findColumn(schema, ORIGIN.shard, 'text');
  const position = findColumn(schema, ORIGIN.position, 'text');
  const indexColumn = findColumn(schema, ORIGIN.index, 'int32');
  const kept = table.keepPayload ? findColumn(schema, PAYLOAD, 'bytes') : undefined;
  const writePartition = compilePartition(table, schema);
  return (message, index, eventMillis, payload, into) => {
    const row = into.length;
    const { columns } = into;
    setText(columns[topic] as Slots<'text'>, row, message.topic);
    setSteadyText(columns[stream] as Slots<'text'>, row, message.origin.stream);
    setSteadyText(columns[shard] as Slots<'text'>, row, message.origin.shard);
    setPlainText(columns[position] as Slots<'text'>, row, message.origin.position);
    (columns[indexColumn] as Slots<'int32'>).values[row] = index;
    setMicrosOfMillis(columns[arrivedAt] as Slots<'int64'>, row, message.arrivedAt);
    if (kept !== undefined) {
      const column = columns[kept] as Slots<'bytes'>;
      if (payload === undefined) setNull(column, row, into.capacity);
      else {
        column.values[row] = payload;
        setValid(column, row);
      }
    }
    writePartition?.(columns, row, eventMillis);
  };
}

/** The day, or the first of the month, of the event time in UTC. */
function compilePartition(table: Table, schema: StructType) {
  const { partition } = table;
  if (partition === 'none') return undefined;
  const at = findColumn(schema, PARTITION_COLUMN[partition], 'int32');
  const last = { day: Number.NaN, partition: 0 };
  return (columns: readonly ColumnBuilder[], row: number, eventMillis: number) => {
    const day = Math.floor(eventMillis / MS_PER_DAY);
    if (day !== last.day) {
      last.day = day;
      last.partition = partition === 'day' ? day : day - dateOfDays(day).day + 1;
    }
    (columns[at] as Slots<'int32'>).values[row] = last.partition;
  };
}

function findColumn(schema: StructType, name: string, kind: ColumnKind): number {
  const at = schema.fields.findIndex((field) => field.name === name);
  const found = schema.fields[at];
  if (found === undefined || columnKindOf(found.type) !== kind) {
    throw new TributaryError(
      `a raw table's schema needs a ${kind} column ${name}, not ${JSON.stringify(found?.type)}`,
    );
  }
  return at;
}
