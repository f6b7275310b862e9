import { Temporal } from 'temporal-polyfill';
import type { Window } from '../fleet/model.ts';
import { zonePeriods } from './zone-periods.ts';

const SECOND = 1_000;
const DAY = 86_400 * SECOND;
const UNIT_MS = { second: SECOND, minute: 60 * SECOND, hour: 3_600 * SECOND } as const;

/**
 * Windows of one width that follow each other: the first starts at `from`, the last ends at `to`; `to - from` is a multiple
 * of `width`. Milliseconds.
 */
export type WindowRun = { readonly from: number; readonly to: number; readonly width: number };

/**
 * The tumbling windows over a stretch of time, as runs without gap or overlap. It is the only place that knows the calendar: SQL
 * is generated from it (`window-sql.ts`), so that no engine's own time zone data can disagree.
 */
export type WindowGrid = readonly WindowRun[];

/**
 * The windows that hold the instants from `from` to `to`, both included.
 *
 * - days, weeks (from Monday) and months are the zone's calendar, counted from 1970: a day may have 23 or 25 hours;
 * - seconds, minutes and hours follow the zone's clock: a window starts whenever the clock shows a multiple of the width, counted
 *   from 1970-01-01T00:00 of the clock, or jumps over one. An hour that the clock repeats is two windows; '6 hours' may
 *   have 5 or 7 on such a day.
 */
export function windowGrid(window: Window, timeZone: string, from: number, to: number): WindowGrid {
  const runs: WindowRun[] = [];
  for (const run of runsFrom(window, timeZone, from, to)) {
    if (run.from > to) break;
    if (run.to > from) append(runs, run);
  }
  return runs;
}

/** Start of the window that holds `instant`, which lies in the grid. */
export function windowStart(grid: WindowGrid, instant: number): number {
  const run = runAt(grid, instant);
  return run.from + Math.floor((instant - run.from) / run.width) * run.width;
}

/** End of the window that holds `instant`, which lies in the grid: the start of the next. */
export function windowEnd(grid: WindowGrid, instant: number): number {
  return windowStart(grid, instant) + runAt(grid, instant).width;
}

function runAt(grid: WindowGrid, instant: number): WindowRun {
  let low = 0;
  let high = grid.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((grid[middle] as WindowRun).from <= instant) low = middle;
    else high = middle - 1;
  }
  const run = grid[low];
  if (run === undefined || instant < run.from || instant >= run.to) {
    throw new RangeError(`${new Date(instant).toISOString()} lies outside the window grid`);
  }
  return run;
}

function append(runs: WindowRun[], run: WindowRun): void {
  const last = runs.at(-1);
  if (last !== undefined && last.width === run.width && last.to === run.from)
    runs[runs.length - 1] = { ...last, to: run.to };
  else runs.push(run);
}

function runsFrom(window: Window, timeZone: string, from: number, to: number): Iterable<WindowRun> {
  switch (window.unit) {
    case 'second':
    case 'minute':
    case 'hour':
      return clockRuns(window.count * UNIT_MS[window.unit], timeZone, from, to);
    case 'day':
      return dayRuns(window.count, 0, timeZone, from, to);
    case 'week':
      // 1970-01-01 was a Thursday
      return dayRuns(window.count * 7, -3, timeZone, from, to);
    case 'month':
      return monthRuns(window.count, timeZone, from, to);
  }
}

/** Windows that start where the clock shows, or jumps over, a multiple of `width`. */
function* clockRuns(width: number, timeZone: string, from: number, to: number): Iterable<WindowRun> {
  let last: number | undefined;
  let previous: number | undefined;
  for (const period of zonePeriods(timeZone, from - DAY - width, to + DAY + width)) {
    const { offset } = period;
    const jumped =
      previous !== undefined &&
      Math.floor((period.from + offset) / width) > Math.floor((period.from + previous - 1) / width);
    previous = offset;
    const first = jumped ? period.from : Math.ceil((period.from + offset) / width) * width - offset;
    if (first >= period.to) continue;
    if (last !== undefined && first > last) yield { from: last, to: first, width: first - last };
    const regular = Math.ceil((first + offset) / width) * width - offset;
    if (regular > first && regular < period.to) yield { from: first, to: regular, width: regular - first };
    const start = regular < period.to ? regular : first;
    last = start + Math.floor((period.to - 1 - start) / width) * width;
    if (last > start) yield { from: start, to: last, width };
  }
}

/** Windows of `count` days; the one numbered 0 starts on day `origin` since 1970-01-01. */
function* dayRuns(
  count: number,
  origin: number,
  timeZone: string,
  from: number,
  to: number,
): Iterable<WindowRun> {
  const width = count * DAY;
  const periods = zonePeriods(timeZone, from - width - 2 * DAY, to + width + 2 * DAY);
  const boundary = (index: number) => startOfDay(origin + index * count, timeZone);
  let index = Math.floor((from - 2 * DAY - origin * DAY) / width);
  for (let start = boundary(index); start <= to;) {
    const end = boundary(index + 1);
    const period = periods.find((each) => each.from <= start && start < each.to);
    // as long as the offset stays, windows are as wide as their days
    const regular =
      period === undefined || end - start !== width ? 1 : Math.ceil((period.to - start) / width) - 1;
    const windows = Math.max(1, regular);
    const stop = windows === 1 ? end : start + windows * width;
    // a day that the zone left out is no window
    if (stop > start) yield { from: start, to: stop, width: (stop - start) / windows };
    index += windows;
    start = stop;
  }
}

function* monthRuns(count: number, timeZone: string, from: number, to: number): Iterable<WindowRun> {
  const boundary = (index: number) => {
    const months = index * count;
    const year = 1970 + Math.floor(months / 12);
    return startOf(
      Temporal.PlainDate.from({ year, month: months - (year - 1970) * 12 + 1, day: 1 }),
      timeZone,
    );
  };
  const { year, month } = Temporal.Instant.fromEpochMilliseconds(from - DAY).toZonedDateTimeISO(timeZone);
  let index = Math.floor(((year - 1970) * 12 + month - 1) / count);
  for (let start = boundary(index); start <= to;) {
    const end = boundary(++index);
    if (end > start) yield { from: start, to: end, width: end - start };
    start = end;
  }
}

/** The first instant of a day, by its number since 1970-01-01: where midnight is left out or repeated, its first moment. */
function startOfDay(day: number, timeZone: string): number {
  return startOf(Temporal.PlainDate.from('1970-01-01').add({ days: day }), timeZone);
}

function startOf(date: Temporal.PlainDate, timeZone: string): number {
  return date.toZonedDateTime(timeZone).epochMilliseconds;
}
