import type { Table } from './model.ts';
import { fillTopic, MAX_TOPIC_BYTES } from './topics.ts';

export type RowMessage =
  | {
      readonly kind: 'message';
      readonly topic: string;
      readonly levels: Readonly<Record<string, string>>;
      readonly payload: Uint8Array;
    }
  | { readonly kind: 'failed'; readonly detail: string };

/** A thing's name has at most as many characters. */
const MAX_LEVEL_LENGTH = 128;

const utf8 = new TextEncoder();

/**
 * The message that the device of a file's row would have sent. The topic's levels are the row's fields of the same names, or
 * those that the table's `rowLevels` names; what no thing may be called becomes `-`. The payload is the row as JSON: text
 * stays text.
 */
export function rowToMessage(table: Table, row: Readonly<Record<string, unknown>>): RowMessage {
  const levels: Record<string, string> = {};
  for (const segment of table.segments) {
    if (segment.kind !== 'level') continue;
    const field = table.rowLevels[segment.name] ?? segment.name;
    const value = Object.hasOwn(row, field) ? row[field] : undefined;
    const level = toLevel(value);
    if (level === undefined) return failure(table, segment.name, field, value, row);
    levels[segment.name] = level;
  }
  const topic = fillTopic(table.segments, levels)!;
  if (utf8.encode(topic).length > MAX_TOPIC_BYTES) {
    return {
      kind: 'failed',
      detail: `the topic ${topic.slice(0, 60)}… is longer than ${MAX_TOPIC_BYTES} bytes`,
    };
  }
  return { kind: 'message', topic, levels, payload: utf8.encode(JSON.stringify(row)) };
}

function toLevel(value: unknown): string | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  const level = String(value)
    .trim()
    .replaceAll(/[^a-zA-Z0-9:_-]/gu, '-')
    .slice(0, MAX_LEVEL_LENGTH);
  return level === '' ? undefined : level;
}

function failure(
  { topic }: Table,
  level: string,
  field: string,
  value: unknown,
  row: Readonly<Record<string, unknown>>,
): RowMessage {
  const wanted = `the level {${level}} of ${topic}`;
  if (value === undefined) {
    const fields = Object.keys(row).slice(0, 20).join(', ').slice(0, 120);
    return {
      kind: 'failed',
      detail: `no field ${JSON.stringify(field)} for ${wanted}; fields are ${fields}`,
    };
  }
  const given = (JSON.stringify(value) ?? typeof value).slice(0, 60);
  return {
    kind: 'failed',
    detail: `field ${JSON.stringify(field)} is ${given}: no text or number for ${wanted}`,
  };
}
