import { expect } from 'vitest';
import type { Row } from './lake-rig.ts';

/** The same rows in the same order, doubles within 1e-9 of their size. */
export function expectSameRows(found: readonly Row[], expected: readonly Row[]): void {
  expect(found.map((row, i) => withNear(row, expected[i]))).toEqual(expected);
}

/** The row, with the other's doubles in the place of its own where these are near enough. */
function withNear(row: Row, other: Row | undefined): Row {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, isNear(value, other?.[name]) ? other?.[name] : value]),
  );
}

/** Whether both are numbers within 1e-9 of their size. */
function isNear(a: unknown, b: unknown): boolean {
  if (typeof a !== 'number' || typeof b !== 'number') return false;
  return Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(b));
}

/** The same rows, whatever their order, as far as the expected ones have columns. `key`: what makes a row. */
export function expectRows(found: readonly Row[], expected: readonly Row[], key: readonly string[]): void {
  const names = Object.keys(expected[0] ?? found[0] ?? {});
  const keyOf = (row: Row) => JSON.stringify(key.map((name) => row[name]));
  const prepare = (rows: readonly Row[]) =>
    rows
      .map((row) => Object.fromEntries(names.map((name) => [name, row[name]])))
      .sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  expectSameRows(prepare(found), prepare(expected));
}
