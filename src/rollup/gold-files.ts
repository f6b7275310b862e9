import type { Column, ColumnBatch } from '../columns/column.ts';
import { columnOf, selectRows } from '../columns/select.ts';
import type { AddFile } from '../delta/actions.ts';
import type { DeltaDeps } from '../delta/deps.ts';
import { readFile } from '../delta/read-file.ts';
import type { Snapshot } from '../delta/snapshot.ts';
import { timestampBounds } from '../delta/stats.ts';
import { writeFiles } from '../delta/write-files.ts';
import { partitionColumns, ROLLUP } from '../fleet/index.ts';
import type { Rollup } from '../fleet/model.ts';
import type { ObjectStore } from '../stores/object-store.ts';

import { meetsRanges, type TimeRange, type WindowSet } from './window-set.ts';

/** Gold at the version that an update is prepared on. */
export type Gold = { readonly rollup: Rollup; readonly store: ObjectStore; readonly snapshot: Snapshot };

/** Small files: a late row, or a window that becomes final, rewrites the one that its window lies in (design 5.9). */
export const ROWS_PER_FILE = 10_000;

/** What gold's rows are ordered by. */
export function goldSort({ by }: Rollup): readonly string[] {
  return [ROLLUP.start, ...by];
}

/** Writes gold rows, which stand by window, as data files that each hold neighbouring windows. */
export async function writeGold(
  store: ObjectStore,
  rollup: Rollup,
  rows: ColumnBatch,
  deps: DeltaDeps,
): Promise<AddFile[]> {
  const options = { partitionColumns: partitionColumns(rollup), sortBy: goldSort(rollup) };
  const adds: AddFile[] = [];
  for (let from = 0; from < rows.length; from += ROWS_PER_FILE) {
    const part = Uint32Array.from(
      { length: Math.min(ROWS_PER_FILE, rows.length - from) },
      (_, i) => from + i,
    );
    adds.push(
      ...(await writeFiles(
        store,
        part.length === rows.length ? rows : selectRows(rows, part),
        options,
        deps,
      )),
    );
  }
  return adds;
}

/** How many windows the rows, which stand by window, are of. */
export function windowsIn(rows: ColumnBatch): number {
  const starts = columnOf(rows, ROLLUP.start).values;
  let windows = 0;
  for (let row = 0; row < rows.length; row++) if (row === 0 || starts[row] !== starts[row - 1]) windows++;
  return windows;
}

/** What has to change in gold beside the new rows. */
export type GoldRewrite = {
  readonly removed: readonly AddFile[];
  readonly added: readonly AddFile[];
  /** rows that are kept, with another `final` than before */
  readonly finalized: number;
};

/**
 * Takes the rows of `windows` out of gold, so that groups that emptied vanish, and sets `final` anew in windows whose end lies after
 * `flips.from`, up to and with `flips.to`, where the watermark moved. Only files that hold such rows are rewritten.
 */
export async function rewriteGold(
  gold: Gold,
  windows: WindowSet,
  flips: TimeRange,
  watermark: number,
  deps: DeltaDeps,
): Promise<GoldRewrite> {
  const starts = new Set(windows.starts.map((start) => BigInt(start) * 1000n));
  const flipsFrom = BigInt(flips.from) * 1000n;
  const flipsTo = BigInt(flips.to) * 1000n;
  const removed: AddFile[] = [];
  const added: AddFile[] = [];
  let finalized = 0;
  for (const file of gold.snapshot.files.filter((each) => mayHold(each, windows, flips))) {
    const rows = await readFile(gold.store, gold.snapshot, file);
    const windowStarts = columnOf(rows, ROLLUP.start).values as BigInt64Array;
    const windowEnds = columnOf(rows, ROLLUP.end).values as BigInt64Array;
    const kept: number[] = [];
    let flipped = 0;
    for (let row = 0; row < rows.length; row++) {
      if (starts.has(windowStarts[row] as bigint)) continue;
      const end = windowEnds[row] as bigint;
      if (end > flipsFrom && end <= flipsTo) flipped++;
      kept.push(row);
    }
    if (kept.length === rows.length && flipped === 0) continue;
    removed.push(file);
    finalized += flipped;
    const rest = kept.length === rows.length ? rows : selectRows(rows, Uint32Array.from(kept));
    added.push(...(await writeGold(gold.store, gold.rollup, withFinal(rest, watermark), deps)));
  }
  return { removed, added, finalized };
}

function mayHold(file: AddFile, { ranges }: WindowSet, flips: TimeRange): boolean {
  const starts = timestampBounds(file, ROLLUP.start);
  const ends = timestampBounds(file, ROLLUP.end);
  if (starts === undefined || ends === undefined) return true;
  return meetsRanges(ranges, starts.min, starts.max) || (ends.max > flips.from && ends.min <= flips.to);
}

function withFinal(rows: ColumnBatch, watermark: number): ColumnBatch {
  const limit = BigInt(watermark) * 1000n;
  const ends = columnOf(rows, ROLLUP.end).values as BigInt64Array;
  const final: Column = {
    kind: 'boolean',
    type: 'boolean',
    validity: undefined,
    values: Uint8Array.from(ends, (end) => (end <= limit ? 1 : 0)),
  };
  const at = rows.schema.fields.findIndex(({ name }) => name === ROLLUP.final);
  return { ...rows, columns: rows.columns.with(at, final) };
}
