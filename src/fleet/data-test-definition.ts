/** A data test as a definition writes it. `source`: a table, its `<table>_current` view, a rollup or a model of the fleet. */
export type DataTestDefinition = {
  readonly kind: 'notNull' | 'unique' | 'inRange' | 'fresh';
  readonly source: string;
  readonly columns: readonly string[];
  readonly min?: number;
  readonly max?: number;
  readonly within?: string;
};

type ColumnNames = readonly [string, ...string[]];

/** None of the columns is null in any row. */
export function notNull(source: string, ...columns: ColumnNames): DataTestDefinition {
  return { kind: 'notNull', source, columns };
}

/** No two rows have the same values in these columns, nulls counting as alike. */
export function unique(source: string, ...columns: ColumnNames): DataTestDefinition {
  return { kind: 'unique', source, columns };
}

/** A number is within bounds, both inclusive, wherever it is not null. */
export function inRange(
  source: string,
  column: string,
  bounds: { readonly min?: number; readonly max?: number },
): DataTestDefinition {
  return { kind: 'inRange', source, columns: [column], ...bounds };
}

/** The greatest time in the column is no further ago than `within`: `'15 minutes'`. An empty source is not fresh. */
export function fresh(source: string, column: string, within: string): DataTestDefinition {
  return { kind: 'fresh', source, columns: [column], within };
}
