import { field, struct, type StructField, type StructType } from '../columns/types.ts';
import { utcViewName } from './names.ts';

/** A table of the lake as the definitions have it; `view`: its current rows, where it has such a view. */
type ViewedTable = {
  readonly name: string;
  readonly schema: StructType;
  readonly view?: { readonly name: string };
};

/** The view, and what its SQL gives. */
export type UtcView = { readonly name: string; readonly sql: string; readonly schema: StructType };

/**
 * The view of a table for tools that know neither zones nor bytes (QuickSight, Power BI, a spreadsheet): times are those of
 * UTC without a zone, in milliseconds; binary and nested columns are left out. It shows the current rows where the table
 * has a view of these, and all rows otherwise. Its SQL is plain enough for DuckDB and Athena alike.
 */
export function utcView({ name, schema, view }: ViewedTable): UtcView {
  const fields = schema.fields.filter(({ type }) => typeof type === 'string' && type !== 'binary');
  return {
    name: utcViewName(name),
    sql: `SELECT ${fields.map(selectField).join(', ')} FROM "${view?.name ?? name}"`,
    schema: struct(fields.map(({ name: column, type }) => field(column, withoutZone(type)))),
  };
}

function selectField({ name, type }: StructField): string {
  const quoted = `"${name}"`;
  return type === 'timestamp' ? `CAST(${quoted} AT TIME ZONE 'UTC' AS timestamp(3)) AS ${quoted}` : quoted;
}

function withoutZone(type: StructField['type']): StructField['type'] {
  return type === 'timestamp' ? 'timestamp_ntz' : type;
}
