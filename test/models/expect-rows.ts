import { expect } from 'vitest';
import type { Row } from './lake-rig.ts';

/** Rows with doubles to nine digits, everything else as it is. */
function rounded(rows: readonly Row[]): Row[] {
  return rows.map((row) =>
    Object.fromEntries(
      Object.entries(row).map(([name, value]) => [
        name,
        typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(9)) : value,
      ]),
    ),
  );
}

/** The same rows in the same order, doubles within 1e-9 of their size. */
export function expectSameRows(found: readonly Row[], expected: readonly Row[]): void {
  expect(rounded(found)).toEqual(rounded(expected));
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
