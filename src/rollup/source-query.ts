import type { ColumnBatch } from '../columns/column.ts';
import { struct, type StructField, type StructType } from '../columns/types.ts';
import type { Snapshot } from '../delta/snapshot.ts';
import { tableSchema } from '../fleet/index.ts';
import type { Table } from '../fleet/model.ts';
import type { SqlEngine } from '../sql/sql-engine.ts';
import { type LoggedFile, sqlFileOf } from '../lake/sql-file.ts';
import type { ObjectStore } from '../stores/object-store.ts';

/** The source table's name in a rollup's SQL. */
export const SOURCE = 'source';

/** A rollup's source at the version that it is made from. `schema`: the lake's columns, then those that only the definition has yet. */
export type Source = {
  readonly table: Table;
  readonly store: ObjectStore;
  readonly snapshot: Snapshot;
  readonly schema: StructType;
  readonly sql: SqlEngine;
  /** keys of the data files that were read */
  readonly read: Set<string>;
};

export function openSource(table: Table, store: ObjectStore, snapshot: Snapshot, sql: SqlEngine): Source {
  const known = new Set(snapshot.schema.fields.map(({ name }) => name));
  const missing = tableSchema(table).fields.filter(({ name }) => !known.has(name));
  return {
    table,
    store,
    snapshot,
    sql,
    schema: struct([...snapshot.schema.fields, ...missing]),
    read: new Set(),
  };
}

/** Asks over some of the source's files, live or removed, and some of its columns. */
export async function querySource(
  source: Source,
  request: {
    readonly sql: string;
    readonly files: readonly LoggedFile[];
    readonly columns: readonly string[];
  },
): Promise<ColumnBatch> {
  const files = request.files.map(sqlFileOf);
  for (const { key } of files) source.read.add(key);
  const fields = request.columns.map(
    (name) => source.schema.fields.find((field) => field.name === name) as StructField,
  );
  const { partitionColumns } = source.snapshot.metadata;
  const table = { name: SOURCE, schema: struct(fields), partitionColumns, store: source.store, files };
  return source.sql.query({ sql: request.sql, tables: [table] });
}
