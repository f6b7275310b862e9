import { isBelow } from '../parquet/text-order.ts';
import type { Canonical, Comparison } from './predicate.ts';

/**
 * The order of canonical values of one type, as SQL has it: NaN equals itself and lies above every number, both zeros are
 * one, text goes by code points, bytes by value, false before true.
 */
export function compareCanonical(a: Canonical, b: Canonical): number {
  if (typeof a === 'string' && typeof b === 'string') return a === b ? 0 : isBelow(a, b) ? -1 : 1;
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b);
  if (a < b) return -1;
  if (a > b) return 1;
  if (a === b) return 0;
  // what is left are numbers of which one is NaN, or zeros
  return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
}

/** Whether a value whose order to the operand is `order` is what the operator asks for. */
export function satisfies(operator: Comparison, order: number): boolean {
  switch (operator) {
    case '=':
      return order === 0;
    case '!=':
      return order !== 0;
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
  }
}

/** Equal for values that are equal, for sets and maps: bytes have no identity of their own there. */
export function identityOf(value: Canonical): string | number | bigint | boolean {
  return value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value;
}
