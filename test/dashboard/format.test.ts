import { expect, it } from 'vitest';
import { formatBytes, formatDuration, formatTime, fromWallTime } from '../../dashboard/src/format.ts';

it('knows what the clocks of a site call a time, on both sides of their changes', () => {
  for (const zone of ['Europe/Zurich', 'America/New_York', 'UTC', 'Asia/Kolkata']) {
    for (let at = Date.UTC(2026, 0, 1); at < Date.UTC(2027, 0, 1); at += 3_600_000 * 5) {
      const wall = formatTime(at, zone).replace(' ', 'T').slice(0, 16);
      const back = fromWallTime(wall, zone);
      // of an hour that comes twice the first
      expect([at, at - 3_600_000], `${wall} ${zone}`).toContain(back);
    }
  }
  // an hour that no clock shows
  expect(Number.isNaN(fromWallTime('2026-03-29T02:30', 'Europe/Zurich'))).toBe(false);
});

it('writes sizes and durations shortly', () => {
  expect([999, 1_000, 16_777_216, 1e12].map(formatBytes)).toEqual(['999 B', '1.0 kB', '16.8 MB', '1.0 TB']);
  expect([5, 1_500, 90_000, 7_200_000, null].map(formatDuration)).toEqual([
    '5 ms',
    '1.5 s',
    '1 min 30 s',
    '2.0 h',
    '–',
  ]);
});
