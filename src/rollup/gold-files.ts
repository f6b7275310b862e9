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

import { liesInRange, meetsRanges, type TimeRange, type WindowSet } from './window-set.ts';

/** How gold lies in files. */
export type GoldLayout = {
  readonly partitionColumns: readonly string[];
  /** `window_start` first, where there is one */
  readonly sortBy: readonly string[];
};

/** A table of rows by window at the version that an update is prepared on. */
export type GoldTable = {
  readonly layout: GoldLayout;
  readonly store: ObjectStore;
  readonly snapshot: Snapshot;
};

/** Small files: a late row, or a window that becomes final, rewrites the one that its window lies in (design 5.9). */
export const ROWS_PER_FILE = 10_000;

/** A rollup's: by window, then by group. */
export function rollupLayout(rollup: Rollup): GoldLayout {
  return { partitionColumns: partitionColumns(rollup), sortBy: [ROLLUP.start, ...rollup.by] };
}

/** Writes gold rows, which stand by window, as data files that each hold neighbouring windows. */
export async function writeGold(
  { store, layout }: Omit<GoldTable, 'snapshot'>,
  rows: ColumnBatch,
  deps: DeltaDeps,
): Promise<AddFile[]> {
  const adds: AddFile[] = [];
  for (let from = 0; from < rows.length; from += ROWS_PER_FILE) {
    const part = Uint32Array.from(
      { length: Math.min(ROWS_PER_FILE, rows.length - from) },
      (_, i) => from + i,
    );
    adds.push(
      ...(await writeFiles(store, part.length === rows.length ? rows : selectRows(rows, part), layout, deps)),
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

/** Which rows are final: those of windows that end at or before the watermark. It moved over the windows that end in `flips`. */
export type Finality = { readonly watermark: number; readonly flips: TimeRange };

/**
 * Takes the rows of `windows` out of gold, so that groups that emptied vanish, and sets `final` anew in windows whose end lies after
 * `flips.from`, up to and with `flips.to`, where the watermark moved. Only files that hold such rows are rewritten, and those
 * that hold rows of `windows` only are not even read.
 *
 * @param finality undefined: rows say nothing of being final
 */
export async function rewriteGold(
  gold: GoldTable,
  windows: WindowSet,
  finality: Finality | undefined,
  deps: DeltaDeps,
): Promise<GoldRewrite> {
  const flips = finality?.flips ?? NO_FLIPS;
  const flipsFrom = BigInt(flips.from) * 1000n;
  const flipsTo = BigInt(flips.to) * 1000n;
  const removed: AddFile[] = [];
  const added: AddFile[] = [];
  let finalized = 0;
  for (const file of gold.snapshot.files.filter((each) => mayHold(each, windows, flips))) {
    const bounds = timestampBounds(file, ROLLUP.start);
    if (bounds !== undefined && liesInRange(windows.ranges, bounds.min, bounds.max)) {
      removed.push(file);
      continue;
    }
    const rows = await readFile(gold.store, gold.snapshot, file);
    const windowStarts = columnOf(rows, ROLLUP.start).values as BigInt64Array;
    const windowEnds =
      finality === undefined ? undefined : (columnOf(rows, ROLLUP.end).values as BigInt64Array);
    const kept: number[] = [];
    let flipped = 0;
    for (let row = 0; row < rows.length; row++) {
      const start = Number(windowStarts[row]) / 1000;
      if (liesInRange(windows.ranges, start, start)) continue;
      const end = windowEnds?.[row];
      if (end !== undefined && end > flipsFrom && end <= flipsTo) flipped++;
      kept.push(row);
    }
    if (kept.length === rows.length && flipped === 0) continue;
    removed.push(file);
    finalized += flipped;
    const rest = kept.length === rows.length ? rows : selectRows(rows, Uint32Array.from(kept));
    const settled = finality === undefined ? rest : withFinal(rest, finality.watermark);
    added.push(...(await writeGold(gold, settled, deps)));
  }
  return { removed, added, finalized };
}

const NO_FLIPS: TimeRange = { from: 0, to: 0 };

function mayHold(file: AddFile, { ranges }: WindowSet, flips: TimeRange): boolean {
  const starts = timestampBounds(file, ROLLUP.start);
  if (starts === undefined || meetsRanges(ranges, starts.min, starts.max)) return true;
  if (flips.from === flips.to) return false;
  const ends = timestampBounds(file, ROLLUP.end);
  return ends === undefined || (ends.max > flips.from && ends.min <= flips.to);
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
