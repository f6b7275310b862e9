import { windowEnd, type WindowGrid, windowStart } from './windows.ts';

/** From `from` until before `to`, in milliseconds. */
export type TimeRange = { readonly from: number; readonly to: number };

/**
 * Windows by their starts, in order, each once. The ranges are what they cover, neighbours joined. Where every window of the ranges
 * is meant, the starts may be left out.
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

/** Ranges, in order and joined where they meet, that cover the given ones. */
export function joinRanges(ranges: readonly TimeRange[]): TimeRange[] {
  const joined: { from: number; to: number }[] = [];
  for (const { from, to } of ranges.toSorted((a, b) => a.from - b.from)) {
    const last = joined.at(-1);
    if (last !== undefined && from <= last.to) last.to = Math.max(last.to, to);
    else joined.push({ from, to });
  }
  return joined;
}

/** Whether a stretch with both ends included meets one of the ranges, which stand in order. */
export function meetsRanges(ranges: readonly TimeRange[], min: number, max: number): boolean {
  const range = rangeAfter(ranges, min);
  return range !== undefined && range.from <= max;
}

/** Whether a stretch with both ends included lies within one of the ranges, which stand in order. */
export function liesInRange(ranges: readonly TimeRange[], min: number, max: number): boolean {
  const range = rangeAfter(ranges, min);
  return range !== undefined && range.from <= min && max < range.to;
}

/** The first range that ends after an instant. */
function rangeAfter(ranges: readonly TimeRange[], instant: number): TimeRange | undefined {
  let low = 0;
  let high = ranges.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ranges[middle] as TimeRange).to <= instant) low = middle + 1;
    else high = middle;
  }
  return ranges[low];
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

/** What of the ranges lies in another. */
export function clipRanges(ranges: readonly TimeRange[], { from, to }: TimeRange): TimeRange[] {
  return ranges
    .map((range) => ({ from: Math.max(range.from, from), to: Math.min(range.to, to) }))
    .filter((range) => range.from < range.to);
}

/** The starts of all windows in ranges that are made of whole ones. */
export function startsIn(grid: WindowGrid, ranges: readonly TimeRange[]): number[] {
  const starts: number[] = [];
  for (const { from, to } of ranges)
    for (let start = windowStart(grid, from); start < to; start = windowEnd(grid, start)) starts.push(start);
  return starts;
}

/** The windows in parts, cut before each of `cuts`, which are starts of windows and stand in order. Parts without windows are left out. */
export function splitWindows(windows: WindowSet, cuts: readonly number[]): WindowSet[] {
  const borders = [-Infinity, ...cuts, Infinity];
  return borders.slice(1).flatMap((to, i) => {
    const from = borders[i] as number;
    const ranges = clipRanges(windows.ranges, { from, to });
    const starts = windows.starts.filter((start) => from <= start && start < to);
    return ranges.length === 0 ? [] : [{ starts, ranges }];
  });
}
