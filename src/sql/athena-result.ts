import {
  type AthenaClient,
  type ColumnInfo,
  paginateGetQueryResults,
  type Row,
  type StatementType,
} from '@aws-sdk/client-athena';
import { createColumnBuilder, finishColumn, setNull } from '../columns/column-builder.ts';
import type { Column, ColumnBatch } from '../columns/column.ts';
import { field, struct } from '../columns/types.ts';
import { textReaderOf } from './athena-values.ts';
import { slotWriter } from './slot-writer.ts';

/** The query that is done: its number, and what kind of statement Athena took it for. */
export type DoneQuery = { readonly id: string; readonly kind: StatementType | undefined };

/**
 * Reads a result to its end, page by page. Values are as exact as their texts; column names that stand twice are numbered
 * (`a`, `a:1`).
 */
export async function readResult(
  client: AthenaClient,
  { id, kind }: DoneQuery,
  signal: AbortSignal | undefined,
): Promise<ColumnBatch> {
  let columns: readonly ColumnInfo[] | undefined;
  const rows: Row[] = [];
  for await (const { ResultSet } of paginateGetQueryResults({ client }, { QueryExecutionId: id })) {
    signal?.throwIfAborted();
    const page = ResultSet?.Rows ?? [];
    if (columns === undefined) {
      columns = ResultSet?.ResultSetMetadata?.ColumnInfo ?? [];
      rows.push(...(hasHeader(kind, columns, page[0]) ? page.slice(1) : page));
    } else for (const row of page) rows.push(row);
  }
  return batchOf(columns ?? [], rows);
}

/** The first row of a query's result has the names of its columns; what SHOW and the like answer has none, or has. */
function hasHeader(kind: DoneQuery['kind'], columns: readonly ColumnInfo[], first: Row | undefined): boolean {
  if (kind === 'DML') return true;
  return columns.every(({ Name }, i) => first?.Data?.[i]?.VarCharValue === Name);
}

function batchOf(columns: readonly ColumnInfo[], rows: readonly Row[]): ColumnBatch {
  const names = numberNames(columns.map(({ Name }) => Name ?? ''));
  const read = columns.map((info, i) => readColumn(info, i, rows));
  return {
    schema: struct(read.map(({ type }, i) => field(names[i]!, type))),
    length: rows.length,
    columns: read,
  };
}

function readColumn(info: ColumnInfo, index: number, rows: readonly Row[]): Column {
  const { type, read } = textReaderOf(info);
  const column = createColumnBuilder(type, rows.length);
  const write = slotWriter(column);
  for (const [row, { Data }] of rows.entries()) {
    // null has no text, which an empty text has
    const text = Data?.[index]?.VarCharValue;
    if (text === undefined) setNull(column, row, rows.length);
    else write(row, read(text));
  }
  return finishColumn(column, rows.length);
}

function numberNames(names: readonly string[]): readonly string[] {
  const seen = new Map<string, number>();
  return names.map((name) => {
    const before = seen.get(name) ?? 0;
    seen.set(name, before + 1);
    return before === 0 ? name : `${name}:${before}`;
  });
}
