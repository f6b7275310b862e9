import type { AddFile } from './actions.ts';
import { compareCanonical, satisfies } from './canonical-order.ts';
import { boundsReader, type ColumnBounds } from './file-bounds.ts';
import type { BoundPredicate, Canonical } from './predicate.ts';
import type { TableState } from './table-state.ts';

/**
 * What the log alone proves of a file's rows: that a predicate is true for `none` of them, or for `every` one. `some`: only
 * the rows can tell.
 */
export type FileMatch = 'none' | 'some' | 'every';

/** Judges files by partition values and statistics, without reading them. */
export function fileMatcher(state: TableState, predicate: BoundPredicate): (add: AddFile) => FileMatch {
  const boundsOf = boundsReader(state);
  return (add) => {
    const { yes, no, unknown } = outcomes(predicate, boundsOf(add));
    if (!yes) return 'none';
    return no || unknown ? 'some' : 'every';
  };
}

/** The truth values that the predicate may have for the file's rows; one that is missing, no row has. */
type Outcomes = { readonly yes: boolean; readonly no: boolean; readonly unknown: boolean };

type BoundsOf = ReturnType<ReturnType<typeof boundsReader>>;

function outcomes(predicate: BoundPredicate, boundsOf: BoundsOf): Outcomes {
  switch (predicate.kind) {
    case 'compare': {
      const { field, operator, value } = predicate;
      return comparisonOutcomes(boundsOf(field), value, (order) => satisfies(operator, order));
    }
    case 'in':
      return membershipOutcomes(boundsOf(predicate.field), predicate.values);
    case 'null': {
      const { nulls } = boundsOf(predicate.field);
      return { yes: nulls !== 'none', no: nulls !== 'all', unknown: false };
    }
    case 'not': {
      const { yes, no, unknown } = outcomes(predicate.part, boundsOf);
      return { yes: no, no: yes, unknown };
    }
    case 'and': {
      const parts = predicate.parts.map((part) => outcomes(part, boundsOf));
      return {
        yes: parts.every(({ yes }) => yes),
        no: parts.some(({ no }) => no),
        unknown: parts.some(({ unknown }) => unknown) && parts.every(({ yes, unknown }) => yes || unknown),
      };
    }
    case 'or': {
      const parts = predicate.parts.map((part) => outcomes(part, boundsOf));
      return {
        yes: parts.some(({ yes }) => yes),
        no: parts.every(({ no }) => no),
        unknown: parts.some(({ unknown }) => unknown) && parts.every(({ no, unknown }) => no || unknown),
      };
    }
  }
}

function comparisonOutcomes(
  bounds: ColumnBounds,
  value: Canonical,
  holds: (order: number) => boolean,
): Outcomes {
  if (bounds.nulls === 'all') return { yes: false, no: false, unknown: true };
  const orders = possibleOrders(bounds, value);
  return {
    yes: orders.some(holds),
    no: orders.some((order) => !holds(order)),
    unknown: bounds.nulls !== 'none',
  };
}

function membershipOutcomes(bounds: ColumnBounds, values: readonly Canonical[]): Outcomes {
  if (bounds.nulls === 'all') return { yes: false, no: false, unknown: true };
  const { min, max, mayHoldNaN } = bounds;
  const isOneValue =
    min !== undefined && max !== undefined && compareCanonical(min, max) === 0 && !mayHoldNaN;
  const yes = values.some((value) => possibleOrders(bounds, value).includes(0));
  return { yes, no: !(isOneValue && yes), unknown: bounds.nulls !== 'none' };
}

/** How a file's values may lie to another: below (-1), equal (0), above (1). */
function possibleOrders({ min, max, mayHoldNaN }: ColumnBounds, value: Canonical): number[] {
  const fromMin = min === undefined ? -1 : compareCanonical(min, value);
  const fromMax = max === undefined ? 1 : compareCanonical(max, value);
  const orders: number[] = [];
  if (fromMin < 0) orders.push(-1);
  if ((fromMin <= 0 && fromMax >= 0) || (mayHoldNaN && Number.isNaN(value))) orders.push(0);
  if (fromMax > 0 || mayHoldNaN) orders.push(1);
  return orders;
}
