import { Temporal } from 'temporal-polyfill';
import type { Model, Shifts } from '../fleet/model.ts';
import { type WindowGrid, windowGrid, type WindowRun } from '../rollup/windows.ts';

/** A run of windows; a shift's has its name. */
export type NamedRun = WindowRun & { readonly shift?: string };

/** The windows of a model that hold the instants from `from` to `to` (milliseconds), both included. */
export function modelGrid({ every, timeZone }: Model, from: number, to: number): readonly NamedRun[] {
  if (every === undefined) throw new RangeError('a model without windows has no grid');
  return every.unit === 'shift'
    ? shiftRuns(every, timeZone, from, to)
    : windowGrid(every, timeZone, from, to);
}

/** One run a shift: from its start on the zone's clock to the start of the next, however long that is where the clock jumps. */
function shiftRuns({ starts }: Shifts, timeZone: string, from: number, to: number): readonly NamedRun[] {
  const runs: NamedRun[] = [];
  let day = dayOf(from, timeZone).subtract({ days: 1 });
  let begun: { readonly at: number; readonly shift: string } | undefined;
  for (;;) {
    for (const { name, minute } of starts) {
      const at = instantOf(day, minute, timeZone);
      if (begun !== undefined && at > begun.at && at > from)
        runs.push({ from: begun.at, to: at, width: at - begun.at, shift: begun.shift });
      if (at > to) return runs;
      // two starts that a jump of the clock makes one: the later shift begins
      begun = { at, shift: name };
    }
    day = day.add({ days: 1 });
  }
}

function dayOf(instant: number, timeZone: string): Temporal.PlainDate {
  return Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(timeZone).toPlainDate();
}

/** A time that the clock leaves out is the moment of the jump; of one that it shows twice, the first. */
function instantOf(day: Temporal.PlainDate, minute: number, timeZone: string): number {
  const time = Temporal.PlainTime.from({ hour: Math.floor(minute / 60), minute: minute % 60 });
  const shown = day.toPlainDateTime(time).toZonedDateTime(timeZone, { disambiguation: 'earlier' });
  const leftOut = !shown.toPlainTime().equals(time);
  return (leftOut ? shown.getTimeZoneTransition('next') : shown)!.epochMilliseconds;
}

/** The windows of the grid within ranges that are made of whole windows, as runs. */
export function runsWithin(
  grid: readonly NamedRun[],
  ranges: readonly { readonly from: number; readonly to: number }[],
): readonly NamedRun[] {
  return ranges.flatMap((range) =>
    (grid as WindowGrid & readonly NamedRun[])
      .filter((run) => run.from < range.to && run.to > range.from)
      .map((run) => ({ ...run, from: Math.max(run.from, range.from), to: Math.min(run.to, range.to) })),
  );
}
