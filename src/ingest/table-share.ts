import type { ColumnBatch } from '../columns/column.ts';
import type { LakeTable } from './lake.ts';

/** One table's share of a batch: the rows that stand for it, and from which record each row came. */
export type DecodedShare = {
  readonly table: LakeTable;
  readonly batch: ColumnBatch;
  /** for each row the ordinal of its record in the batch, runs one after another; it never falls */
  readonly ordinals: readonly number[];
  /** what the table's files are sorted by */
  readonly sortBy: readonly string[];
};
