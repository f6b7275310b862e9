import { splitWindows, type WindowSet } from './window-set.ts';
import { type WindowGrid, windowStart } from './windows.ts';

/** Source rows that one query is meant to see: what a full recompute holds in memory does not grow with the table. */
const ROWS_PER_STEP = 2_000_000;

/** Rows of a file of the source, and the least time among them, in milliseconds. */
export type TimedRows = { readonly from: number; readonly rows: number };

/** The windows in parts, of which each sees about `ROWS_PER_STEP` rows of time-ordered files. */
export function stepsOf(windows: WindowSet, grid: WindowGrid, files: readonly TimedRows[]): WindowSet[] {
  const first = windows.ranges[0]?.from ?? 0;
  const last = windows.ranges.at(-1)?.to ?? 0;
  const cuts: number[] = [];
  let rows = 0;
  for (const file of files.toSorted((a, b) => a.from - b.from)) {
    if (rows >= ROWS_PER_STEP && file.from >= first && file.from < last) {
      const cut = windowStart(grid, file.from);
      if (cut > (cuts.at(-1) ?? first)) {
        cuts.push(cut);
        rows = 0;
      }
    }
    rows += file.rows;
  }
  return splitWindows(windows, cuts);
}
