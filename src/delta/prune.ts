import type { DataType } from '../columns/types.ts';
import type { AddFile } from './actions.ts';
import { boundsReader } from './file-bounds.ts';
import { type BoundPredicate, type Canonical, EVERY_ROW } from './predicate.ts';
import { fileMatcher } from './predicate-files.ts';
import { fieldNamed } from './table-schema.ts';
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

function withinRange(state: TableState, { column, min, max }: ColumnRange): BoundPredicate {
  const field = fieldNamed(state.schema, column);
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

/**
 * A value of the column, in the form that its slots have, below which none of the file lies; undefined where the file may
 * hold nulls, which come first, or says nothing.
 */
export function leastValue(state: TableState, add: AddFile, column: string): Bound | undefined {
  const { min, nulls } = boundsReader(state)(add)(fieldNamed(state.schema, column));
  return nulls === 'none' && typeof min !== 'boolean' && !(min instanceof Uint8Array) ? min : undefined;
}
