import type { Table } from './model.ts';
import { fillTopic } from './topics.ts';

export type RowMessage =
  | {
      readonly kind: 'message';
      readonly topic: string;
      readonly levels: Readonly<Record<string, string>>;
      readonly payload: Uint8Array;
    }
  | { readonly kind: 'failed'; readonly detail: string };

/**
 * The message that the device of a file's row would have sent: the topic's levels come from the row's fields of the same
 * names (or those that `rowLevels` names), the payload is the row as JSON, text staying text.
 */
export function rowToMessage(table: Table, row: Readonly<Record<string, unknown>>): RowMessage {
  const levels: Record<string, string> = {};
  for (const segment of table.segments) {
    if (segment.kind !== 'level') continue;
    const column = table.rowLevels[segment.name] ?? segment.name;
    const value = row[column];
    if ((typeof value !== 'string' && typeof value !== 'number') || String(value).trim() === '') {
      const found = Object.keys(row).slice(0, 20).join(', ');
      return {
        kind: 'failed',
        detail: `no field ${JSON.stringify(column)} for the topic ${table.topic}; fields are ${found}`,
      };
    }
    // what a thing's name may hold: anything else would be refused by IoT Core or split the topic
    levels[segment.name] = String(value)
      .trim()
      .replaceAll(/[^a-zA-Z0-9:_-]/g, '-')
      .slice(0, 128);
  }
  return {
    kind: 'message',
    topic: fillTopic(table.segments, levels)!,
    levels,
    payload: new TextEncoder().encode(JSON.stringify(row)),
  };
}
