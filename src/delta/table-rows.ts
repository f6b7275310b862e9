import { createBatchBuilder } from '../columns/builder.ts';
import { canonicalValue } from '../columns/canonical.ts';
import type { Column, ColumnBatch } from '../columns/column.ts';
import { columnOf } from '../columns/select.ts';
import { type DataType, struct, type StructField, type StructType } from '../columns/types.ts';
import { columnKind, nullColumn } from '../parquet/column-values.ts';
import { DeltaError } from './errors.ts';
import { structOf, toPlain } from './plain-values.ts';
import type { TableState } from './table-state.ts';
import { describeType } from './table-schema.ts';

/** A row by column names, its values in the forms of `fromPlain`; a column that is not named is null. */
export type Row = Readonly<Record<string, unknown>>;

/** Rows one by one, or as columns (`columns/column.ts`), which need no conversion. */
export type Rows = Iterable<Row> | ColumnBatch;

/** Types that lie in memory alike, each of which the next one holds. */
const WIDTHS: readonly DataType[] = ['byte', 'short', 'integer'];

/**
 * Rows as the table has them: every column, in the table's order.
 * @throws DeltaError where a name, a type or a null does not fit
 */
export function toTableRows(state: TableState, rows: Rows): ColumnBatch {
  const given = isBatch(rows) ? rows : batchOfRows(state.schema, rows);
  assertKnown(state.schema, given.schema.fields);
  const columns = state.schema.fields.map((field) => {
    const held = given.schema.fields.some(({ name }) => name === field.name);
    const column = held ? columnOf(given, field.name) : nullColumn(field.type, given.length);
    return fitColumn(column, field, given.length, state.metadata.partitionColumns.includes(field.name));
  });
  return { schema: state.schema, length: given.length, columns };
}

/** The columns that these rows speak of. @throws DeltaError where not all of them speak of the same */
export function namedColumns(rows: readonly Row[] | ColumnBatch): readonly string[] {
  if (isBatch(rows)) return rows.schema.fields.map(({ name }) => name);
  const [first] = rows;
  if (first === undefined) return [];
  const names = Object.keys(first);
  for (const [i, row] of rows.entries()) {
    const missing = names.find((name) => !Object.hasOwn(row, name));
    const more = Object.keys(row).find((name) => !Object.hasOwn(first, name));
    const odd = missing ?? more;
    if (odd === undefined) continue;
    throw new DeltaError(
      `row ${missing === undefined ? 0 : i} names no column ${odd}, and another row does: name it in all of them, ` +
        'with null for no value, or in none of them',
    );
  }
  return names;
}

/** The rows of a batch one by one, in the forms that `fromPlain` takes back. */
export function* plainRows(batch: ColumnBatch): Generator<Row> {
  const { fields } = batch.schema;
  for (let row = 0; row < batch.length; row++) {
    yield Object.fromEntries(
      batch.columns.map((column, i) => {
        const { name, type } = fields[i]!;
        return [name, toPlain(type, canonicalValue(column, row))];
      }),
    );
  }
}

export function isBatch(rows: Rows): rows is ColumnBatch {
  return 'schema' in rows && 'columns' in rows && 'length' in rows;
}

function batchOfRows(schema: StructType, rows: Iterable<Row>): ColumnBatch {
  const builder = createBatchBuilder(struct(schema.fields));
  for (const row of rows) builder.appendRow(structOf(schema, row, ''));
  return builder.finish();
}

function assertKnown(schema: StructType, fields: readonly StructField[]): void {
  const unknown = fields.find(({ name }) => !schema.fields.some((field) => field.name === name));
  if (unknown === undefined) return;
  const names = schema.fields.map(({ name }) => name).join(', ');
  throw new DeltaError(`no column ${unknown.name} in the table, but ${names}`);
}

function fitColumn(column: Column, field: StructField, length: number, isPartition: boolean): Column {
  const { name, type, nullable } = field;
  if (column.values.length !== length || column.kind !== columnKind(type) || !fits(column.type, type)) {
    throw new DeltaError(
      `column ${name} comes as ${column.values.length} values of ${describeType(column.type)}, ` +
        `the table takes ${length} of ${describeType(type)}`,
    );
  }
  const fitted = isPartition && column.kind === 'text' ? withoutEmptyText(column) : column;
  if (!nullable && fitted.validity?.includes(0)) throw new DeltaError(`column ${name} takes no null`);
  return fitted.type === type ? fitted : { ...fitted, type };
}

function fits(given: DataType, type: DataType): boolean {
  if (describeType(given) === describeType(type)) return true;
  const [from, to] = [WIDTHS.indexOf(given), WIDTHS.indexOf(type)];
  return from >= 0 && from < to;
}

/** The log knows no difference between null and the empty text. */
function withoutEmptyText(column: Extract<Column, { readonly kind: 'text' }>): Column {
  if (!column.values.includes('')) return column;
  const values = column.values.map((value) => (value === '' ? undefined : value));
  const validity = Uint8Array.from(values, (value, row) =>
    value === undefined || column.validity?.[row] === 0 ? 0 : 1,
  );
  return { kind: 'text', type: column.type, values, validity };
}
