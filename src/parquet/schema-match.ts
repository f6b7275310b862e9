import type { SchemaTree } from 'hyparquet';
import type { StructField } from '../columns/types.ts';

/** A node of a file's schema, as the file says it. */
export type SchemaNode = SchemaTree;

/** What a table's columns are known by in its files: their names, or what "Column Mapping" of the Delta protocol says. */
export type MatchBy = 'name' | 'physicalName' | 'id';

/** Where a field's metadata keeps what it is known by. */
const COLUMN_ID = 'delta.columnMapping.id';
const PHYSICAL_NAME = 'delta.columnMapping.physicalName';

/** The child of a group that holds the field, or undefined where the file lacks it. */
export function findField(parent: SchemaNode, field: StructField, matchBy: MatchBy): SchemaNode | undefined {
  if (matchBy === 'id') {
    const id = field.metadata[COLUMN_ID];
    return parent.children.find(({ element }) => element.field_id !== undefined && element.field_id === id);
  }
  const name = fileName(field, matchBy);
  return parent.children.find(({ element }) => element.name === name);
}

/** What a column is called in files, statistics and partition values. */
export function fileName(field: StructField, matchBy: MatchBy): string {
  const physical = field.metadata[PHYSICAL_NAME];
  return matchBy !== 'name' && typeof physical === 'string' ? physical : field.name;
}
