import type { DataType } from '../columns/types.ts';
import type { AddFile } from './actions.ts';
import { DeltaError } from './errors.ts';
import { type BoundPredicate, type Canonical, EVERY_ROW } from './predicate.ts';
import { fileMatcher } from './predicate-files.ts';
import type { TableState } from './table-state.ts';

/** Text, a number, or an int64 in its own unit; a plain number for a timestamp is milliseconds. */
export type Bound = string | number | bigint;

/** Rows whose column lies between `min` and `max`, both included; null never does. */
export type ColumnRange = { readonly column: string; readonly min?: Bound; readonly max?: Bound };

/**
 * Whether a file may hold rows within all the ranges, by its partition values and statistics. What is not known is
 * not pruned: the caller looks at the rows.
 *
 * @throws DeltaError where a range names no column
 */
export function fileFilter(state: TableState, where: readonly ColumnRange[]): (add: AddFile) => boolean {
  if (where.length === 0) return () => true;
  const matches = fileMatcher(state, { kind: 'and', parts: where.map((range) => withinRange(state, range)) });
  return (add) => matches(add) !== 'none';
}

function withinRange({ schema }: TableState, { column, min, max }: ColumnRange): BoundPredicate {
  const field = schema.fields.find(({ name }) => name === column);
  if (field === undefined) throw new DeltaError(`the table has no column ${column}`);
  const parts: BoundPredicate[] = [];
  if (min !== undefined)
    parts.push({ kind: 'compare', field, operator: '>=', value: normalizeBound(min, field.type) });
  if (max !== undefined)
    parts.push({ kind: 'compare', field, operator: '<=', value: normalizeBound(max, field.type) });
  return parts.length === 0 ? EVERY_ROW : { kind: 'and', parts };
}

function normalizeBound(bound: Bound, type: DataType): Canonical {
  const isTime = type === 'timestamp' || type === 'timestamp_ntz';
  return isTime && typeof bound === 'number' ? BigInt(Math.floor(bound)) * 1000n : bound;
}
