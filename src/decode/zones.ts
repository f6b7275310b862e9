import { daysOfDate, MS_PER_DAY } from '../columns/calendar.ts';

/** Milliseconds, UTC, of a local time given as if it were UTC. */
export type ToUtc = (localMillis: number) => number;

const MS_PER_HOUR = 3_600_000;

/** Hours kept per zone: seven years of them. */
const MAX_CACHED_HOURS = 65_536;

const zones = new Map<string, ToUtc>();

/**
 * The clock of an IANA zone, as `Temporal` reads it with `disambiguation: 'compatible'`: times that a change of the clock
 * skipped move forward by what was skipped, times that came twice mean the first. Offsets are kept by the local hour.
 *
 * `Intl` instead of a Temporal polyfill: importing the polyfill alone takes a third of a first batch's budget.
 */
export function localClock(zone: string): ToUtc {
  const known = zones.get(zone);
  if (known !== undefined) return known;
  const clock = zone === 'UTC' ? (local: number) => local : createClock(zone);
  zones.set(zone, clock);
  return clock;
}

function createClock(zone: string): ToUtc {
  const offsetAt = createOffsets(zone);
  // NaN: the offset changes within that hour
  const byHour = new Map<number, number>();
  return (local) => {
    const hour = Math.floor(local / MS_PER_HOUR);
    let offset = byHour.get(hour);
    if (offset === undefined) {
      const first = localOffset(hour * MS_PER_HOUR, offsetAt);
      const last = localOffset((hour + 1) * MS_PER_HOUR - 1, offsetAt);
      offset = first === last ? first : Number.NaN;
      if (byHour.size >= MAX_CACHED_HOURS) byHour.clear();
      byHour.set(hour, offset);
    }
    return local - (Number.isNaN(offset) ? localOffset(local, offsetAt) : offset);
  };
}

/** The offset that turns a local time into UTC. No zone changes its clock twice within two days. */
function localOffset(local: number, offsetAt: (instant: number) => number): number {
  const before = offsetAt(local - MS_PER_DAY);
  const after = offsetAt(local + MS_PER_DAY);
  // before a change the old offset holds; so it does in what is skipped, and in what comes twice, the first time
  if (before === after || offsetAt(local - before) === before) return before;
  return offsetAt(local - after) === after ? after : before;
}

/** Offsets east of UTC in milliseconds, by instant. Throws a RangeError for a zone that ICU does not know. */
function createOffsets(zone: string): (instant: number) => number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    era: 'short',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  return (instant) => {
    const parts = Object.fromEntries(format.formatToParts(instant).map(({ type, value }) => [type, value]));
    const year = parts['era'] === 'BC' ? 1 - Number(parts['year']) : Number(parts['year']);
    const days = daysOfDate(year, Number(parts['month']), Number(parts['day']));
    const seconds = Number(parts['hour']) * 3600 + Number(parts['minute']) * 60 + Number(parts['second']);
    return days * MS_PER_DAY + seconds * 1000 - Math.floor(instant / 1000) * 1000;
  };
}
