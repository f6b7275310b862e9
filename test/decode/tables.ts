import { ORIGIN, PARTITION_COLUMN, PAYLOAD } from '../../src/columns/reserved.ts';
import { field, struct, type StructType } from '../../src/columns/types.ts';
import { ndjsonRows } from '../../src/columns/canonical.ts';
import { createTableDecoder } from '../../src/decode/decoder.ts';
import type { Message } from '../../src/decode/message.ts';
import type { Failure } from '../../src/decode/failure.ts';
import type { Column, JsonPath, Table } from '../../src/fleet/model.ts';

/** A column of a definition with every default filled in; its value lies at the path of its name. */
export function makeColumn(name: string, type: Column['type'], wish: Partial<Column> = {}): Column {
  return {
    name,
    type,
    source: { kind: 'reading', paths: [[name]] },
    optional: false,
    coerce: false,
    min: undefined,
    max: undefined,
    unit: undefined,
    description: undefined,
    time: type === 'timestamp' ? { format: 'iso', zone: undefined } : undefined,
    json: false,
    ...wish,
  };
}

export function at(...path: JsonPath): Column['source'] {
  return { kind: 'reading', paths: [path] };
}

/** A table with every default filled in; event time is arrival unless the wish says otherwise. */
export function makeTable(columns: readonly Column[], wish: Partial<Table> = {}): Table {
  return {
    fleet: 'test',
    name: 'readings',
    topic: 'test/{device}',
    segments: [
      { kind: 'literal', text: 'test' },
      { kind: 'level', name: 'device' },
    ],
    device: { kind: 'topicLevel', name: 'device' },
    columns,
    rowLevels: {},
    readings: { kind: 'auto' },
    eventTime: ORIGIN.arrivedAt,
    identity: [],
    partition: 'day',
    sortBy: [ORIGIN.arrivedAt],
    keepPayload: false,
    retained: false,
    nullText: [],
    maxAhead: 60 * 60 * 1000,
    maxAge: undefined,
    ...wish,
  };
}

/** The schema of a raw table: its columns, the payload where it is kept, origin, partition. */
export function schemaOf(table: Table): StructType {
  return struct([
    ...table.columns.map(({ name, type }) => field(name, type)),
    ...(table.keepPayload ? [field(PAYLOAD, 'binary')] : []),
    field(ORIGIN.topic, 'string'),
    field(ORIGIN.arrivedAt, 'timestamp'),
    field(ORIGIN.stream, 'string'),
    field(ORIGIN.shard, 'string'),
    field(ORIGIN.position, 'string'),
    field(ORIGIN.index, 'integer'),
    ...(table.partition === 'none' ? [] : [field(PARTITION_COLUMN[table.partition], 'date')]),
  ]);
}

export const ARRIVED_AT = Date.UTC(2024, 5, 15, 12, 30, 0, 250);

export function makeMessage(payload: string | Uint8Array, wish: Partial<Message> = {}): Message {
  return {
    topic: 'test/d1',
    levels: { device: 'd1' },
    payload: typeof payload === 'string' ? Buffer.from(payload) : payload,
    arrivedAt: ARRIVED_AT,
    origin: { stream: 'sqlite/s1', shard: 'shardId-000000000000', position: '0000000000000000007' },
    ...wish,
  };
}

/** What a payload becomes: rows as canonical JSON text, and failures. */
export function decodePayload(
  table: Table,
  payload: string | Uint8Array,
  wish: Partial<Message> = {},
  only?: ReadonlySet<number>,
): { readonly rows: readonly string[]; readonly failures: readonly Failure[]; readonly readings: number } {
  const decoder = createTableDecoder(table, schemaOf(table));
  const into = decoder.newBatch(1);
  const outcome = decoder.decode(makeMessage(payload, wish), into, only);
  return { ...outcome, rows: [...ndjsonRows(into.finish())] };
}

/** The JSON text that one column makes of a JSON value, or the code of the reason why it makes none. */
export function decodeValue(column: Column, json: string, wish: Partial<Table> = {}): string {
  const table = makeTable([column], { ...wish, maxAhead: Infinity });
  const { rows, failures } = decodePayload(table, `{${JSON.stringify(column.name)}:${json}}`);
  const [failure] = failures;
  if (failure !== undefined) return failure.reason;
  const text = rows[0] ?? 'no row';
  return text.slice(`{${JSON.stringify(column.name)}:`.length, text.indexOf(',"_topic":'));
}
