import type { Column, ColumnBatch } from '../columns/column.ts';
import { memoryOf } from '../columns/memory.ts';
import { columnOf, concatBatches, selectRows, sliceRows } from '../columns/select.ts';
import { sortPermutation } from '../columns/sort.ts';
import type { Bound } from './prune.ts';

/** A file's rows. `least`: a value that none of them in the first sort column lies below; undefined where none is known. */
export type SortInput = {
  readonly least: Bound | undefined;
  readonly read: () => AsyncIterable<ColumnBatch>;
};

/** What is gathered before it is passed on; twice as much is in memory where the inputs overlap. */
export type GatherLimits = { readonly rows: number; readonly bytes: number };

/**
 * All rows of the inputs, gathered into batches of about the limit, in the order of `sortBy`: inputs are read by their least
 * value, and a row is passed on when none that comes later can lie below it. Where inputs overlap by more than the memory
 * that is allowed, the batches are ordered in themselves and only roughly among each other.
 */
export async function* sortRows(
  inputs: readonly SortInput[],
  sortBy: readonly string[],
  limits: GatherLimits,
): AsyncGenerator<ColumnBatch> {
  const [first] = sortBy;
  const ordered = first === undefined ? inputs : inputs.toSorted((a, b) => compareLeast(a.least, b.least));
  const pool = createPool(sortBy, limits);
  for (const [i, input] of ordered.entries()) {
    const next = ordered[i + 1];
    for await (const batch of input.read()) {
      if (batch.length === 0) continue;
      pool.add(batch);
      if (!pool.isFull()) continue;
      // a file lies in order mostly: what it still holds comes after its last row so far
      const last = first === undefined ? undefined : lastValue(columnOf(batch, first));
      yield* pool.take(next === undefined ? last : lesser(last, next.least));
    }
    if (next !== undefined && pool.isFull()) yield* pool.take(next.least);
  }
  yield* pool.takeAll();
}

function createPool(sortBy: readonly string[], limits: GatherLimits) {
  const [first] = sortBy;
  let batches: ColumnBatch[] = [];
  let rows = 0;
  let bytes = 0;
  /** grows where nothing can be passed on, so that the same rows are not sorted again and again */
  let patience = 1;

  const share = () => Math.max(rows / limits.rows, bytes / limits.bytes);
  function keep(batch: ColumnBatch): void {
    batches = batch.length === 0 ? [] : [batch];
    rows = batch.length;
    bytes = memoryOf(batch);
  }
  function* emit(sorted: ColumnBatch, end: number): Generator<ColumnBatch> {
    // a copy, for a slice would keep the memory of the whole
    keep(end === sorted.length ? sliceRows(sorted, end, end) : copyRows(sorted, end, sorted.length));
    patience = 1;
    if (end > 0) yield sliceRows(sorted, 0, end);
  }

  return {
    add(batch: ColumnBatch) {
      batches.push(batch);
      rows += batch.length;
      bytes += memoryOf(batch);
    },
    isFull: () => share() >= patience,
    /** Passes on what lies below `frontier`: no row that is still to come does. */
    *take(frontier: Bound | undefined): Generator<ColumnBatch> {
      const sorted = sortPool(batches, sortBy);
      if (first === undefined) return yield* emit(sorted, sorted.length);
      const below = frontier === undefined ? 0 : countBelow(columnOf(sorted, first), frontier);
      if (below >= sorted.length / 2) return yield* emit(sorted, below);
      if (share() >= 2) return yield* emit(sorted, Math.max(below, sorted.length >>> 1));
      batches = [sorted];
      patience = Math.min(2, share() + 0.5);
    },
    *takeAll(): Generator<ColumnBatch> {
      if (rows > 0) yield sortPool(batches, sortBy);
      keep({ schema: { type: 'struct', fields: [] }, length: 0, columns: [] });
    },
  };
}

function sortPool(batches: readonly ColumnBatch[], sortBy: readonly string[]): ColumnBatch {
  const all = concatBatches(batches);
  const order = sortBy.length === 0 ? undefined : sortPermutation(all, sortBy);
  return order === undefined ? all : selectRows(all, order);
}

function copyRows(batch: ColumnBatch, start: number, end: number): ColumnBatch {
  return selectRows(
    batch,
    Uint32Array.from({ length: end - start }, (_, i) => start + i),
  );
}

function compareLeast(a: Bound | undefined, b: Bound | undefined): number {
  if (a === undefined || b === undefined) return Number(a !== undefined) - Number(b !== undefined);
  return a < b ? -1 : a > b ? 1 : 0;
}

function lesser(a: Bound | undefined, b: Bound | undefined): Bound | undefined {
  return compareLeast(a, b) < 0 ? a : b;
}

/** Undefined where the last row has none. */
function lastValue(column: Column): Bound | undefined {
  const last = column.values.length - 1;
  if (column.validity?.[last] === 0) return undefined;
  const value: unknown = column.kind === 'boolean' ? undefined : column.values[last];
  return isBound(value) ? value : undefined;
}

/** How many rows of a column in order lie below the bound; nulls do. */
function countBelow(column: Column, bound: Bound): number {
  let [low, high] = [0, column.values.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const value: unknown = column.values[middle];
    const isBelow = column.validity?.[middle] === 0 || (isBound(value) && value < bound);
    if (isBelow) low = middle + 1;
    else high = middle;
  }
  return low;
}

function isBound(value: unknown): value is Bound {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint';
}
