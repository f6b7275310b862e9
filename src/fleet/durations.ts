import type { Milliseconds, Window, WindowUnit } from './model.ts';

const UNIT_MS: Readonly<Record<string, number>> = {
  millisecond: 1,
  second: 1000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
  week: 604_800_000,
};

const WINDOW_UNITS: readonly WindowUnit[] = ['second', 'minute', 'hour', 'day', 'week', 'month'];

/** `30 seconds`, `1 hour`, `1.5 days` in milliseconds; undefined where the text is no duration. */
export function parseDuration(text: string): Milliseconds | undefined {
  const match = /^(\d+(?:\.\d+)?) ([a-z]+?)s?$/.exec(text);
  const unit = match === null ? undefined : UNIT_MS[match[2]!];
  return unit === undefined ? undefined : Math.round(Number(match![1]) * unit);
}

/** `15 minutes`, `1 day`, `1 month` as a tumbling window; undefined where the text is none. */
export function parseWindow(text: string): Window | undefined {
  const match = /^(\d+) ([a-z]+?)s?$/.exec(text);
  const unit = WINDOW_UNITS.find((each) => each === match?.[2]);
  const count = Number(match?.[1]);
  return unit === undefined || count < 1 || !Number.isSafeInteger(count) ? undefined : { count, unit };
}

/** The shortest that a window of this kind can be, in milliseconds: for defaults only, never for arithmetic on time. */
export function nominalLength({ count, unit }: Window): Milliseconds {
  return count * (unit === 'month' ? 28 * UNIT_MS['day']! : UNIT_MS[unit]!);
}
