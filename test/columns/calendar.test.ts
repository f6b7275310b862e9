import { expect, test } from 'vitest';
import {
  dateOfDays,
  daysInMonth,
  daysOfDate,
  formatDate,
  formatMicros,
  MS_PER_DAY,
} from '../../src/columns/calendar.ts';

test('days and dates are those of Date, over ten thousand years', () => {
  for (let days = -800_000; days <= 2_932_896; days += 97) {
    const date = new Date(days * MS_PER_DAY);
    const parts = { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
    const found = dateOfDays(days);
    if (found.year !== parts.year || found.month !== parts.month || found.day !== parts.day)
      expect(found).toEqual(parts);
    if (daysOfDate(parts.year, parts.month, parts.day) !== days) expect(parts).toBe(days);
  }
  expect(dateOfDays(11_016)).toEqual({ year: 2000, month: 2, day: 29 });
});

test('months have their days', () => {
  for (const year of [1900, 2000, 2023, 2024]) {
    for (let month = 1; month <= 12; month++) {
      expect(daysInMonth(year, month)).toBe(new Date(Date.UTC(year, month, 0)).getUTCDate());
    }
  }
});

test('texts are those of toISOString, with microseconds', () => {
  for (const millis of [0, -1, 1_718_454_600_250, -62_135_596_800_000, 253_402_300_799_999, -86_400_000]) {
    const iso = new Date(millis).toISOString();
    expect(`${formatMicros(BigInt(millis) * 1000n).slice(0, -3)}Z`).toBe(iso);
    expect(formatDate(Math.floor(millis / MS_PER_DAY))).toBe(iso.slice(0, 10));
  }
});
