import { Temporal } from 'temporal-polyfill';

/** A stretch of time in which a zone keeps one offset: from `from` until before `to`. All in milliseconds. */
export type ZonePeriod = { readonly from: number; readonly to: number; readonly offset: number };

/** The stretches that cover `from` to `to`, in order; the first begins at `from`, the last ends at `to`. */
export function zonePeriods(timeZone: string, from: number, to: number): ZonePeriod[] {
  const periods: ZonePeriod[] = [];
  let start = Temporal.Instant.fromEpochMilliseconds(from).toZonedDateTimeISO(timeZone);
  for (;;) {
    const next = start.getTimeZoneTransition('next');
    const end = next === null ? to : Math.min(next.epochMilliseconds, to);
    const offset = start.offsetNanoseconds / 1e6;
    periods.push({ from: start.epochMilliseconds, to: end, offset });
    if (next === null || end === to) return periods;
    start = next;
  }
}
