/** What time in a state counts as. Time of which nothing is known has none. */
export type LossClass = 'productive' | 'performance' | 'availability' | 'excluded';

/** From `from` until before `to`, in milliseconds. */
export type Stretch<Value> = { readonly from: number; readonly to: number; readonly value: Value };

/**
 * What reports say of the time between them: each holds until the next, for `carry` at most; what lies beyond is in no stretch.
 *
 * @param reports in order of their times, one a time
 */
export function holdReports<Value>(
  reports: readonly { readonly at: number; readonly value: Value }[],
  carry: number,
): Stretch<Value>[] {
  return reports.map(({ at, value }, i) => ({
    from: at,
    to: Math.min(reports[i + 1]?.at ?? Infinity, at + carry),
    value,
  }));
}

/** The parts of the stretches that lie from `from` until before `to`. */
export function cutStretches<Value>(
  stretches: readonly Stretch<Value>[],
  from: number,
  to: number,
): Stretch<Value>[] {
  return stretches.flatMap((each) => {
    const part = { ...each, from: Math.max(each.from, from), to: Math.min(each.to, to) };
    return part.from < part.to ? [part] : [];
  });
}

/** A stop: neighbouring stretches of availability loss, as one. */
export type Stop = { readonly from: number; readonly to: number };

/** The stops among stretches, which stand in order: those that touch are one stop, whatever states it went through. */
export function findStops(stretches: readonly Stretch<LossClass | undefined>[]): Stop[] {
  const stops: { from: number; to: number }[] = [];
  for (const { from, to, value } of stretches) {
    if (value !== 'availability' || from >= to) continue;
    const last = stops.at(-1);
    if (last?.to === from) last.to = to;
    else stops.push({ from, to });
  }
  return stops;
}
