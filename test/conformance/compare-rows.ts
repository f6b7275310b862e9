export type Rows = readonly (readonly unknown[])[];

/**
 * Rejects rows that differ, in whatever order they come: doubles by more than 1e-9 of their size, everything else at all.
 *
 * @throws Error that shows the first that differs
 */
export function compareRows(about: string, ours: Rows, theirs: Rows): void {
  // doubles are left out of the order: two that are near need not sort alike
  const keyOf = (row: readonly unknown[]) =>
    row.map((value) => (typeof value === 'number' ? '' : String(value))).join('\0');
  const sort = (rows: Rows) => rows.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  const [left, right] = [sort(ours), sort(theirs)];
  const differs = (row: readonly unknown[], i: number) =>
    row.some((value, column) => !isSame(value, right[i]?.[column]));
  const at = left.findIndex(differs);
  if (at >= 0 || left.length !== right.length) {
    const show = (row: readonly unknown[] | undefined) => row?.map(String).join(', ') ?? 'nothing';
    throw new Error(
      `${about}: DuckDB makes ${left.length} rows, Trino ${right.length}; the first that differs is ` +
        `${show(left[at])} here, ${show(right[at])} there`,
    );
  }
}

function isSame(a: unknown, b: unknown): boolean {
  if (Object.is(a, b) || a === b) return true;
  return typeof a === 'number' && typeof b === 'number' && Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(b));
}
