import type { AddFile } from '../delta/actions.ts';
import { knownTimes } from './event-times.ts';
import type { ChangedWindows } from './changed-windows.ts';
import { type Limit, loadOf } from './limit.ts';
import type { UpdatePlan } from './plan-update.ts';
import { filesOf } from './recompute.ts';
import type { Source } from './source-query.ts';
import { windowEnd, type WindowGrid, windowStart } from './windows.ts';

/** Stretches that the windows are looked at in: finer than pieces have to be, and few enough for any number of windows. */
const STRETCHES = 10_000;
/** What is left of sums of shares. */
const ROUNDING = 1e-9;
/** Above it pieces grow instead: a state machine's execution has room for so many, several times over. */
const MOST_PIECES = 800;

/** Where the windows of a plan are cut into pieces that the limit allows: starts of windows, in order; none where one piece does. */
export function cutsOf(source: Source, { changed }: UpdatePlan, limit: Limit): number[] {
  return changed === undefined ? [] : cutPieces(source, filesOf(source, changed.windows), changed, limit);
}

/** A file's rows are taken to lie evenly between its bounds. */
function cutPieces(
  source: Source,
  files: readonly AddFile[],
  { grid, windows: { ranges } }: ChangedWindows,
  limit: Limit,
): number[] {
  const [first, last] = [ranges[0], ranges.at(-1)];
  if (first === undefined || last === undefined) return [];
  const starts = stretches(grid, first.from, last.to);
  const loads = new Float64Array(starts.length + 1);
  let everywhere = 0;
  for (const file of files) {
    const load = loadOf([file], limit);
    const times = knownTimes(source, file);
    if (times === undefined) everywhere += load;
    else {
      const [from, to] = [stretchAt(starts, times.min), stretchAt(starts, times.max)];
      const share = load / (to - from + 1);
      // where it begins to count, and where it no longer does
      loads[from]! += share;
      loads[to + 1]! -= share;
    }
  }
  const room = roomOf(loads, everywhere);
  const cuts: number[] = [];
  let [held, here] = [0, 0];
  starts.forEach((start, i) => {
    here += loads[i]!;
    // a stretch without files needs no piece of its own
    if (held > 0 && here > ROUNDING && held + here > room + ROUNDING) {
      cuts.push(start);
      held = 0;
    }
    held += here;
  });
  return cuts;
}

/** Starts of windows at about even distances, that of the first window before all. */
function stretches(grid: WindowGrid, from: number, to: number): number[] {
  const starts: number[] = [];
  const width = (to - from) / STRETCHES;
  for (let start = from; start < to;) {
    starts.push(start);
    const next = start + width < to ? windowStart(grid, Math.floor(start + width)) : to;
    start = next > start ? next : windowEnd(grid, start);
  }
  return starts;
}

/** The stretch that holds an instant: the first or the last for what lies outside. */
function stretchAt(starts: readonly number[], instant: number): number {
  let [low, high] = [0, starts.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (starts[middle]! <= instant) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** What a piece takes beside the files whose times nobody knows, which every piece reads. */
function roomOf(loads: Float64Array, everywhere: number): number {
  let [total, here] = [0, 0];
  for (const load of loads) total += here += load;
  return Math.max(1 - everywhere, total / MOST_PIECES, Number.EPSILON);
}
