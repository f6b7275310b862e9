import type { ColumnBatch } from '../columns/column.ts';

/** A lake that data tests are held against, at its newest versions: its files, or a catalog that lists its tables. */
export type TestedLake = {
  /** whether it has the table yet, by its name in SQL and its folder */
  has(table: { readonly name: string; readonly path: string }): Promise<boolean>;
  ask(sql: string): Promise<ColumnBatch>;
  /** how many questions it takes at a time */
  readonly atOnce: number;
};
