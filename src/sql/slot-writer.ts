import type { ColumnBuilder } from '../columns/column-builder.ts';
import { setText } from '../columns/text-builder.ts';

/** Writes values that are there into the slots of a column; texts are kept otherwise than as a list of them. */
export function slotWriter(column: ColumnBuilder): (row: number, value: unknown) => void {
  if (column.kind === 'text') return (row, value) => void setText(column, row, value as string);
  const slots = column.values as unknown[];
  return (row, value) => {
    slots[row] = value;
  };
}
