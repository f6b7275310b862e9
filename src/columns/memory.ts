import type { Column, ColumnBatch } from './column.ts';

/** Values looked at where they differ in size. */
const SAMPLE = 64;
/** What a slot and the head of what it points to take. */
const SLOT_BYTES = 24;
/** A nested value's members are objects and boxed numbers. */
const NESTED_BYTES = 200;

/** About how many bytes the rows take in memory: enough to stay within a limit by. */
export function memoryOf(batch: ColumnBatch): number {
  return batch.columns.reduce((sum, column) => sum + columnMemory(column), 0);
}

function columnMemory(column: Column): number {
  const validity = column.validity?.byteLength ?? 0;
  switch (column.kind) {
    case 'text':
    case 'bytes':
      return validity + column.values.length * (SLOT_BYTES + meanLength(column.values));
    case 'bigint':
      return validity + column.values.length * 2 * SLOT_BYTES;
    case 'nested':
      return validity + column.values.length * NESTED_BYTES;
    default:
      return validity + column.values.byteLength;
  }
}

function meanLength(values: readonly ({ readonly length: number } | undefined)[]): number {
  const step = Math.max(1, Math.floor(values.length / SAMPLE));
  let [sum, count] = [0, 0];
  for (let i = 0; i < values.length; i += step, count++) sum += values[i]?.length ?? 0;
  return count === 0 ? 0 : sum / count;
}
