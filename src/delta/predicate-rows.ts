import { canonicalValue } from '../columns/canonical.ts';
import type { ColumnBatch } from '../columns/column.ts';
import { columnOf } from '../columns/select.ts';
import { compareCanonical, identityOf, satisfies } from './canonical-order.ts';
import type { BoundPredicate, Canonical } from './predicate.ts';

/** SQL's three truth values, in the order in which `and` takes the least and `or` the greatest. */
const FALSE = 0;
const UNKNOWN = 1;
const TRUE = 2;

/** The numbers of the rows for which the predicate is true. */
export function matchingRows(predicate: BoundPredicate, batch: ColumnBatch): Uint32Array {
  const truth = evaluate(predicate, batch);
  let matches = 0;
  for (const value of truth) if (value === TRUE) matches++;
  const rows = new Uint32Array(matches);
  let next = 0;
  for (let row = 0; row < truth.length; row++) if (truth[row] === TRUE) rows[next++] = row;
  return rows;
}

function evaluate(predicate: BoundPredicate, batch: ColumnBatch): Uint8Array {
  switch (predicate.kind) {
    case 'compare': {
      const { operator, value } = predicate;
      return test(batch, predicate.field.name, (held) => satisfies(operator, compareCanonical(held, value)));
    }
    case 'in': {
      const values = new Set(predicate.values.map(identityOf));
      return test(batch, predicate.field.name, (held) => values.has(identityOf(held)));
    }
    case 'null': {
      const column = columnOf(batch, predicate.field.name);
      return Uint8Array.from({ length: batch.length }, (_, row) =>
        isNull(canonicalValue(column, row)) ? TRUE : FALSE,
      );
    }
    case 'not':
      return evaluate(predicate.part, batch).map((value) => TRUE - value);
    case 'and':
      return combine(predicate.parts, batch, TRUE, Math.min);
    case 'or':
      return combine(predicate.parts, batch, FALSE, Math.max);
  }
}

function test(batch: ColumnBatch, name: string, holds: (value: Canonical) => boolean): Uint8Array {
  const column = columnOf(batch, name);
  const truth = new Uint8Array(batch.length);
  for (let row = 0; row < truth.length; row++) {
    const value = canonicalValue(column, row);
    truth[row] = isNull(value) ? UNKNOWN : holds(value as Canonical) ? TRUE : FALSE;
  }
  return truth;
}

function isNull(value: unknown): boolean {
  return value === undefined || value === null;
}

function combine(
  parts: readonly BoundPredicate[],
  batch: ColumnBatch,
  neutral: number,
  choose: (a: number, b: number) => number,
): Uint8Array {
  const truth = new Uint8Array(batch.length).fill(neutral);
  for (const part of parts) {
    const values = evaluate(part, batch);
    for (let row = 0; row < truth.length; row++) truth[row] = choose(truth[row]!, values[row]!);
  }
  return truth;
}
