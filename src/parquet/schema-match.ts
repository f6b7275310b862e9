import type { SchemaTree } from 'hyparquet';
import type { StructField } from '../columns/types.ts';

/** A node of a file's schema, as the file says it. */
export type SchemaNode = SchemaTree;

/** Whether a table's columns are known by their names in the file or by their Parquet field ids. */
export type MatchBy = 'name' | 'id';

/** Where a field's metadata keeps its id ("Column Mapping" in the Delta protocol). */
export const COLUMN_ID = 'delta.columnMapping.id';

/** The child of a group that holds the field, or undefined where the file lacks it. */
export function findField(parent: SchemaNode, field: StructField, matchBy: MatchBy): SchemaNode | undefined {
  const id = field.metadata[COLUMN_ID];
  return parent.children.find(({ element }) =>
    matchBy === 'id'
      ? element.field_id !== undefined && element.field_id === id
      : element.name === field.name,
  );
}
