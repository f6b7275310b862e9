import type { ColumnBuilder } from '../columns/column-builder.ts';
import type { ColumnKind } from '../columns/column.ts';
import type { Problem } from './failure.ts';
import { SourceNumber } from './payload.ts';
import { readExactly, type ReadingContext } from './reading.ts';

/** Finds a column's value in a reading; undefined and null are absent. */
export type ReadValue = (context: ReadingContext) => unknown;

/** Writes a value that is there into a slot, or says why the slot cannot take it. */
export type WriteValue<K extends ColumnKind = ColumnKind> = (
  value: unknown,
  column: Extract<ColumnBuilder, { readonly kind: K }>,
  row: number,
  context: ReadingContext,
) => Problem | undefined;

/** The text of a number as it was sent; undefined where the payload nests too deeply to be read again. */
export function readSource(context: ReadingContext, read: ReadValue): string | undefined {
  const exact = readExactly(context);
  if (exact === undefined) return undefined;
  const value = read(exact);
  return value instanceof SourceNumber ? value.source : String(value);
}
