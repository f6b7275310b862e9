import type { Milliseconds, Window, WindowUnit } from './model.ts';

const UNIT_MS = {
  millisecond: 1,
  second: 1000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
  week: 604_800_000,
} as const;

const WINDOW_UNITS: readonly WindowUnit[] = ['second', 'minute', 'hour', 'day', 'week', 'month'];

/** What windows of a unit have to divide, so that they start at the same times in every hour, day or year. */
const DIVIDES: Readonly<Partial<Record<WindowUnit, number>>> = {
  second: 60,
  minute: 60,
  hour: 24,
  month: 12,
};

export const DURATION_FORM = "a duration such as '30 seconds', '1.5 hours' or '7 days'";
export const WINDOW_FORM = "a window such as '1 minute', '15 minutes', '1 hour', '1 day' or '1 month'";

/** `30 seconds`, `1 hour`, `1.5 days` in milliseconds; undefined where the text is no duration. */
export function parseDuration(text: string): Milliseconds | undefined {
  const match = /^(\d+(?:\.\d+)?) ([a-z]+?)s?$/.exec(text);
  const [, amount = '', unit = ''] = match ?? [];
  if (!Object.hasOwn(UNIT_MS, unit)) return undefined;
  const milliseconds = Math.round(Number(amount) * UNIT_MS[unit as keyof typeof UNIT_MS]);
  return Number.isSafeInteger(milliseconds) ? milliseconds : undefined;
}

/** `15 minutes`, `1 day`, `1 month` as a tumbling window; undefined where the text is none. */
export function parseWindow(text: string): Window | undefined {
  const match = /^(\d{1,6}) ([a-z]+?)s?$/.exec(text);
  const unit = WINDOW_UNITS.find((each) => each === match?.[2]);
  const count = Number(match?.[1]);
  return unit === undefined || count < 1 ? undefined : { count, unit };
}

/** Why windows of this length would not start at the same times every hour, day or year; undefined where they do. */
export function describeUnevenWindow({ count, unit }: Window): string | undefined {
  const whole = DIVIDES[unit];
  if (whole === undefined) {
    return count === 1
      ? undefined
      : `windows of several ${unit}s have no first ${unit} to count from; use '1 ${unit}'`;
  }
  return whole % count === 0 ? undefined : `${count} ${unit}s do not divide ${whole}; windows would drift`;
}

export function isShorterThanHour({ unit }: Window): boolean {
  return unit === 'second' || unit === 'minute';
}
