import { canonicalJson, canonicalText, canonicalValue } from '../../src/columns/canonical.ts';
import type { ColumnBatch } from '../../src/columns/column.ts';
import { columnOf } from '../../src/columns/select.ts';
import { createTableDecoder } from '../../src/decode/decoder.ts';
import { createRouter, partitionColumns, sqlName, tablePath, tableSchema } from '../../src/fleet/index.ts';
import type { Column, Fleet, Table } from '../../src/fleet/model.ts';
import type { SentMessage } from './publish-readings.ts';

/** How often a row may stand in its table: as often as its message was attempted, no less than it was acknowledged. */
export type ExpectedRow = {
  /** the times of its message, which it shares with all readings of that */
  readonly message: SentMessage;
  attempts: number;
  acknowledgements: number;
};

/** What messages have to become in one table. */
export type ExpectedTable = {
  readonly table: Table;
  readonly sqlName: string;
  /** in the lake */
  readonly path: string;
  /** what its rows may have for `_topic` */
  readonly topics: ReadonlySet<string>;
  /** the columns that follow from the message alone */
  readonly columns: readonly Column[];
  /** values of the partition column, as SQL writes them; empty where the table has none */
  readonly partitions: ReadonlySet<string>;
  /** by `rowText` */
  readonly rows: ReadonlyMap<string, ExpectedRow>;
};

/**
 * The rows that messages become by the definitions. What IoT Core hands on need not be the same bytes (it may spell JSON in
 * another way), so values are compared. Readings that cannot become rows are left out.
 */
export function expectRows(fleets: readonly Fleet[], messages: readonly SentMessage[]): ExpectedTable[] {
  const route = createRouter(fleets);
  const tables = new Map<Table, SentMessage[]>();
  for (const message of messages) {
    for (const { table } of route(message.topic)) {
      tables.set(table, [...(tables.get(table) ?? []), message]);
    }
  }
  return Array.from(tables, ([table, own]) => expectTable(table, own, route));
}

/** What stands in `_topic`, or in the quarantine. */
export function topicsOf({ topic, publishedTo }: SentMessage): readonly string[] {
  return [topic, publishedTo];
}

function expectTable(
  table: Table,
  messages: readonly SentMessage[],
  route: ReturnType<typeof createRouter>,
): ExpectedTable {
  const decoder = createTableDecoder(table, tableSchema(table));
  const columns = table.columns.filter(({ source }) => source.kind !== 'arrival');
  const partitions = new Set<string>();
  const rows = new Map<string, ExpectedRow>();
  for (const message of messages) {
    const { topic, payload, sentAt, attempts, acknowledgements } = message;
    const { levels } = route(topic).find((each) => each.table === table)!;
    const builder = decoder.newBatch();
    const origin = { stream: 'smoke', shard: '0', position: '0' };
    decoder.decode({ topic, levels, payload, arrivedAt: sentAt, origin }, builder);
    const batch = builder.finish();
    for (let row = 0; row < batch.length; row++) {
      const text = rowText(columns, batch, row);
      const before = rows.get(text);
      rows.set(text, {
        message: before?.message ?? message,
        attempts: (before?.attempts ?? 0) + attempts,
        acknowledgements: (before?.acknowledgements ?? 0) + acknowledgements,
      });
      for (const name of partitionColumns(table))
        partitions.add(canonicalText('date', canonicalValue(columnOf(batch, name), row)));
    }
  }
  return {
    table,
    sqlName: sqlName(table.fleet, table.name),
    path: tablePath(table.fleet, table.name),
    topics: new Set(messages.flatMap(topicsOf)),
    columns,
    partitions,
    rows,
  };
}

/** A row as one text, by the definition's types: engines name them differently. */
export function rowText(columns: readonly Column[], batch: ColumnBatch, row: number): string {
  return columns
    .map(({ name, type }) => canonicalJson(type, canonicalValue(columnOf(batch, name), row)))
    .join(',');
}
