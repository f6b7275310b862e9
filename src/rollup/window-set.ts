import { windowEnd, type WindowGrid } from './windows.ts';

/** From `from` until before `to`, in milliseconds. */
export type TimeRange = { readonly from: number; readonly to: number };

/**
 * Windows by their starts, in order, each once. The ranges are what they cover, neighbours joined.
 */
export type WindowSet = { readonly starts: readonly number[]; readonly ranges: readonly TimeRange[] };

export const NO_WINDOWS: WindowSet = { starts: [], ranges: [] };

/** `grid` covers every start. */
export function windowSet(starts: Iterable<number>, grid: WindowGrid): WindowSet {
  const sorted = Array.from(new Set(starts)).sort((a, b) => a - b);
  const ranges: { from: number; to: number }[] = [];
  for (const from of sorted) {
    const to = windowEnd(grid, from);
    const last = ranges.at(-1);
    if (last?.to === from) last.to = to;
    else ranges.push({ from, to });
  }
  return { starts: sorted, ranges };
}

/** Whether a stretch with both ends included meets one of the ranges, which stand in order. */
export function meetsRanges(ranges: readonly TimeRange[], min: number, max: number): boolean {
  let low = 0;
  let high = ranges.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ranges[middle] as TimeRange).to <= min) low = middle + 1;
    else high = middle;
  }
  const range = ranges[low];
  return range !== undefined && range.from <= max;
}

/** At most `count` ranges that cover the given ones: the narrowest gaps are closed. */
export function coverRanges(ranges: readonly TimeRange[], count: number): readonly TimeRange[] {
  if (ranges.length <= count) return ranges;
  const gaps = ranges.slice(1).map((range, i) => ({ i, width: range.from - (ranges[i] as TimeRange).to }));
  const kept = gaps
    .sort((a, b) => b.width - a.width)
    .slice(0, count - 1)
    .map(({ i }) => i)
    .sort((a, b) => a - b);
  const ends = [...kept, ranges.length - 1];
  return ends.map((end, k) => ({
    from: (ranges[k === 0 ? 0 : (ends[k - 1] as number) + 1] as TimeRange).from,
    to: (ranges[end] as TimeRange).to,
  }));
}

/** The windows in parts, cut before each of `cuts`, which are starts of windows and stand in order. Parts without windows are left out. */
export function splitWindows(windows: WindowSet, cuts: readonly number[]): WindowSet[] {
  const borders = [-Infinity, ...cuts, Infinity];
  return borders.slice(1).flatMap((to, i) => {
    const from = borders[i] as number;
    const ranges = windows.ranges
      .map((range) => ({ from: Math.max(range.from, from), to: Math.min(range.to, to) }))
      .filter((range) => range.from < range.to);
    const starts = windows.starts.filter((start) => from <= start && start < to);
    return ranges.length === 0 ? [] : [{ starts, ranges }];
  });
}
