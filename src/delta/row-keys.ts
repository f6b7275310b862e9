import { canonicalText, canonicalValue } from '../columns/canonical.ts';
import type { Column, ColumnBatch } from '../columns/column.ts';
import { columnOf } from '../columns/select.ts';
import type { StructType } from '../columns/types.ts';
import { compareCanonical, identityOf } from './canonical-order.ts';
import { DeltaError } from './errors.ts';
import type { BoundPredicate, Canonical } from './predicate.ts';
import { describeType, fieldNamed } from './table-schema.ts';

/** Equal for rows that agree in all key columns. */
export type RowKey = string | number | bigint | boolean;

/** Different values up to which files are pruned by each of them, and not by the least and the greatest alone. */
const LISTED = 256;

/** @throws DeltaError where the columns cannot be a key of the table's rows */
export function assertKeyColumns(schema: StructType, on: readonly string[]): void {
  if (on.length === 0)
    throw new DeltaError('a merge needs a column to tell by which rows are the same: name it in "on"');
  for (const name of on) {
    const { type } = fieldNamed(schema, name);
    if (typeof type !== 'string') {
      throw new DeltaError(`column ${name} is ${describeType(type)}: rows cannot be told apart by it`);
    }
  }
}

/** The key of each row; undefined where a key column is null, which as in SQL equals nothing. */
export function keysOf(batch: ColumnBatch, on: readonly string[]): (RowKey | undefined)[] {
  const columns = on.map((name) => columnOf(batch, name));
  const [first, ...rest] = columns as [Column, ...Column[]];
  return Array.from({ length: batch.length }, (_, row) => {
    if (rest.length === 0) {
      const value = canonicalValue(first, row) as Canonical | undefined;
      return value === undefined ? undefined : identityOf(value);
    }
    let key = '';
    for (const column of columns) {
      const value = canonicalValue(column, row);
      if (value === undefined) return undefined;
      // both zeros are one key; with its length before it no text runs into the next
      const text = canonicalText(column.type, value === 0 ? 0 : value);
      key += `${text.length}:${text}`;
    }
    return key;
  });
}

/** A row's key columns, for messages. */
export function describeKey(batch: ColumnBatch, on: readonly string[], row: number): string {
  return on
    .map((name) => {
      const column = columnOf(batch, name);
      const value = canonicalValue(column, row);
      return `${name}=${value === undefined ? 'null' : canonicalText(column.type, value)}`;
    })
    .join(', ');
}

/** A predicate that is true for every row that has one of the keys, and for as few others as the log can tell. */
export function keysPredicate(batches: readonly ColumnBatch[], on: readonly string[]): BoundPredicate {
  const parts = on.map((name): BoundPredicate => {
    const field = batches[0]!.schema.fields.find((candidate) => candidate.name === name)!;
    const values = distinctValues(batches.map((batch) => columnOf(batch, name)));
    if (values.length <= LISTED) return { kind: 'in', field, values };
    const [min, max] = extremes(values);
    return {
      kind: 'and',
      parts: [
        { kind: 'compare', field, operator: '>=', value: min },
        { kind: 'compare', field, operator: '<=', value: max },
      ],
    };
  });
  return { kind: 'and', parts };
}

function distinctValues(columns: readonly Column[]): Canonical[] {
  const values = new Map<RowKey, Canonical>();
  for (const column of columns) {
    for (let row = 0; row < column.values.length; row++) {
      const value = canonicalValue(column, row) as Canonical | undefined;
      if (value !== undefined) values.set(identityOf(value), value);
    }
  }
  return Array.from(values.values());
}

function extremes(values: readonly Canonical[]): [min: Canonical, max: Canonical] {
  let min = values[0]!;
  let max = min;
  for (const value of values) {
    if (compareCanonical(value, min) < 0) min = value;
    if (compareCanonical(value, max) > 0) max = value;
  }
  return [min, max];
}
