import type { ColumnBatch } from './column.ts';
import { compareColumn, type CompareRows } from './compare.ts';
import { columnOf } from './select.ts';

/**
 * The row numbers in the order of those columns, the first column first, nulls before values; rows that are equal in all
 * of them keep their order. Undefined where the rows lie in that order already.
 */
export function sortPermutation(batch: ColumnBatch, by: readonly string[]): Uint32Array | undefined {
  const compare = compareBy(by.map((name) => compareColumn(columnOf(batch, name))));
  if (isOrdered(batch.length, compare)) return undefined;
  return numberRows(batch.length).sort(compare);
}

/**
 * The row numbers of each group of rows that agree in those columns, null being a value of its own. Rows keep their order
 * within a group, groups come in the order of their first rows: the shared values can be read at a group's first row.
 */
export function groupRows(batch: ColumnBatch, by: readonly string[]): readonly Uint32Array[] {
  if (batch.length === 0) return [];
  const compare = compareBy(by.map((name) => compareColumn(columnOf(batch, name))));
  const rows = numberRows(batch.length);
  if (rows.every((row) => row === 0 || compare(0, row) === 0)) return [rows];
  rows.sort(compare);
  const groups: Uint32Array[] = [];
  let start = 0;
  for (let i = 1; i <= rows.length; i++) {
    if (i < rows.length && compare(rows[start]!, rows[i]!) === 0) continue;
    groups.push(rows.slice(start, i));
    start = i;
  }
  return groups.sort((a, b) => a[0]! - b[0]!);
}

function compareBy(comparisons: readonly CompareRows[]): CompareRows {
  const [first = () => 0, ...rest] = comparisons;
  if (rest.length === 0) return first;
  return (a, b) => {
    const difference = first(a, b);
    if (difference !== 0) return difference;
    for (const compare of rest) {
      const further = compare(a, b);
      if (further !== 0) return further;
    }
    return 0;
  };
}

function isOrdered(length: number, compare: CompareRows): boolean {
  for (let row = 1; row < length; row++) {
    if (compare(row - 1, row) > 0) return false;
  }
  return true;
}

function numberRows(length: number): Uint32Array {
  const rows = new Uint32Array(length);
  for (let row = 0; row < length; row++) rows[row] = row;
  return rows;
}
