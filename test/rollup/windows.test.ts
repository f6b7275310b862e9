import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DuckDBInstance } from '@duckdb/node-api';
import type { Window, WindowUnit } from '../../src/fleet/model.ts';
import { windowEnd, windowGrid, windowStart } from '../../src/rollup/windows.ts';
import { windowEndSql, windowStartSql } from '../../src/rollup/window-sql.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

function parseWindow(text: string): Window {
  const [count, unit] = text.split(' ') as [string, string];
  return { count: Number(count), unit: unit.replace(/s$/, '') as WindowUnit };
}

/** The windows from the one that holds `from` to the one that holds `to`, as ISO starts and widths in hours. */
function windowsBetween(every: string, zone: string, from: string, to: string): [string, number][] {
  const [start, stop] = [Date.parse(from), Date.parse(to)];
  const grid = windowGrid(parseWindow(every), zone, start, stop);
  const windows: [string, number][] = [];
  for (let at = windowStart(grid, start); at <= stop; at = windowEnd(grid, at)) {
    windows.push([new Date(at).toISOString().slice(0, 16), (windowEnd(grid, at) - at) / HOUR]);
  }
  return windows;
}

/** What a clock in the zone shows, as if it were UTC, by the platform's own calendar. */
function clockOf(zone: string): (instant: number) => number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  return (instant) => {
    const parts = Object.fromEntries(
      format.formatToParts(instant).map(({ type, value }) => [type, Number(value)]),
    );
    const { year = 0, month = 1, day = 0, hour = 0, minute = 0, second = 0 } = parts;
    return Date.UTC(year, month - 1, day, hour, minute, second) + (((instant % 1000) + 1000) % 1000);
  };
}

describe('windows by the clock', () => {
  test('hours in a zone at half past', () => {
    expect(windowsBetween('1 hour', 'Asia/Kolkata', '2024-01-01T00:00Z', '2024-01-01T01:00Z')).toEqual([
      ['2023-12-31T23:30', 1],
      ['2024-01-01T00:30', 1],
    ]);
  });

  test('an hour that the clock leaves out is none, one that it repeats is two', () => {
    expect(windowsBetween('1 hour', 'America/New_York', '2024-03-10T06:00Z', '2024-03-10T07:00Z')).toEqual([
      ['2024-03-10T06:00', 1],
      ['2024-03-10T07:00', 1],
    ]);
    expect(windowsBetween('1 hour', 'America/New_York', '2024-11-03T05:00Z', '2024-11-03T07:00Z')).toEqual([
      ['2024-11-03T05:00', 1],
      ['2024-11-03T06:00', 1],
      ['2024-11-03T07:00', 1],
    ]);
  });

  test('six hours stay at 0, 6, 12 and 18 o’clock when the clock changes', () => {
    expect(windowsBetween('6 hours', 'America/New_York', '2024-03-10T05:00Z', '2024-03-10T11:00Z')).toEqual([
      ['2024-03-10T05:00', 5],
      ['2024-03-10T10:00', 6],
    ]);
    expect(windowsBetween('6 hours', 'America/New_York', '2024-11-03T04:00Z', '2024-11-03T12:00Z')).toEqual([
      ['2024-11-03T04:00', 7],
      ['2024-11-03T11:00', 6],
    ]);
  });

  test('a clock that changes by half an hour', () => {
    expect(windowsBetween('1 hour', 'Australia/Lord_Howe', '2024-04-06T14:00Z', '2024-04-06T16:00Z')).toEqual(
      [
        ['2024-04-06T14:00', 1.5],
        ['2024-04-06T15:30', 1],
      ],
    );
    expect(windowsBetween('1 hour', 'Australia/Lord_Howe', '2024-10-05T15:00Z', '2024-10-05T16:00Z')).toEqual(
      [
        ['2024-10-05T14:30', 1],
        ['2024-10-05T15:30', 0.5],
        ['2024-10-05T16:00', 1],
      ],
    );
  });

  test.each([
    ['15 minutes', 'America/St_Johns', '2006-10-28T00:00Z'],
    ['1 hour', 'America/St_Johns', '2006-10-28T00:00Z'],
    ['1 hour', 'America/Havana', '2011-11-12T00:00Z'],
    ['6 hours', 'America/Havana', '2011-11-12T00:00Z'],
    ['2 hours', 'America/New_York', '2024-03-09T00:00Z'],
    ['3 hours', 'Australia/Lord_Howe', '2024-04-05T00:00Z'],
    ['30 minutes', 'Australia/Lord_Howe', '2024-10-04T00:00Z'],
    ['12 hours', 'Pacific/Apia', '2011-12-29T00:00Z'],
    ['8 hours', 'America/Sao_Paulo', '2010-10-16T00:00Z'],
  ])('%s in %s start where the clock shows a multiple or jumps over one', (every, zone, from) => {
    const window = parseWindow(every);
    const width = window.count * (window.unit === 'hour' ? HOUR : MINUTE);
    const clock = clockOf(zone);
    const [start, stop] = [Date.parse(from), Date.parse(from) + 3 * DAY];
    const expected: number[] = [];
    for (let at = start; at < stop; at += MINUTE) {
      const [before, now] = [clock(at - 1), clock(at)];
      if (now % width === 0 || Math.floor(now / width) > Math.floor(before / width)) expected.push(at);
    }
    const grid = windowGrid(window, zone, start, stop);
    const found: number[] = [];
    for (let at = windowStart(grid, start); at < stop; at = windowEnd(grid, at)) found.push(at);
    expect(found.filter((at) => at > start)).toEqual(expected.filter((at) => at > start));
  });
});

describe('windows by the calendar', () => {
  test('days have 23 or 25 hours when the clock changes', () => {
    expect(windowsBetween('1 day', 'America/New_York', '2024-03-09T12:00Z', '2024-03-11T12:00Z')).toEqual([
      ['2024-03-09T05:00', 24],
      ['2024-03-10T05:00', 23],
      ['2024-03-11T04:00', 24],
    ]);
    expect(windowsBetween('1 day', 'Europe/Berlin', '2024-10-26T12:00Z', '2024-10-28T12:00Z')).toEqual([
      ['2024-10-25T22:00', 24],
      ['2024-10-26T22:00', 25],
      ['2024-10-27T23:00', 24],
    ]);
  });

  test('a day begins after a midnight that is left out, and at the first of two', () => {
    expect(windowsBetween('1 day', 'America/Sao_Paulo', '2010-10-17T12:00Z', '2010-10-17T12:00Z')).toEqual([
      ['2010-10-17T03:00', 23],
    ]);
    expect(windowsBetween('1 day', 'America/Havana', '2011-11-13T12:00Z', '2011-11-13T12:00Z')).toEqual([
      ['2011-11-13T04:00', 25],
    ]);
  });

  test('a day that the zone left out is no window', () => {
    expect(windowsBetween('1 day', 'Pacific/Apia', '2011-12-29T12:00Z', '2011-12-31T12:00Z')).toEqual([
      ['2011-12-29T10:00', 24],
      ['2011-12-30T10:00', 24],
      ['2011-12-31T10:00', 24],
    ]);
  });

  test('weeks start on Monday', () => {
    expect(windowsBetween('1 week', 'UTC', '2024-01-07T23:59Z', '2024-01-08T00:00Z')).toEqual([
      ['2024-01-01T00:00', 168],
      ['2024-01-08T00:00', 168],
    ]);
    expect(windowsBetween('1 week', 'America/New_York', '2024-03-10T12:00Z', '2024-03-11T12:00Z')).toEqual([
      ['2024-03-04T05:00', 167],
      ['2024-03-11T04:00', 168],
    ]);
  });

  test('months and quarters', () => {
    expect(windowsBetween('1 month', 'America/New_York', '2024-02-29T12:00Z', '2024-03-31T12:00Z')).toEqual([
      ['2024-02-01T05:00', 29 * 24],
      ['2024-03-01T05:00', 31 * 24 - 1],
    ]);
    expect(windowsBetween('3 months', 'UTC', '1969-12-31T12:00Z', '1970-01-01T00:00Z')).toEqual([
      ['1969-10-01T00:00', 92 * 24],
      ['1970-01-01T00:00', 90 * 24],
    ]);
  });

  test.each(['America/New_York', 'Europe/Berlin', 'Asia/Kathmandu', 'Australia/Lord_Howe'])(
    'every day of twenty years in %s starts at its midnight',
    (zone) => {
      const clock = clockOf(zone);
      const [from, to] = [Date.UTC(1995, 0, 1), Date.UTC(2015, 0, 1)];
      const grid = windowGrid({ count: 1, unit: 'day' }, zone, from, to);
      let days = 0;
      for (let at = windowStart(grid, from); at <= to; at = windowEnd(grid, at), days++)
        expect(clock(at) % DAY).toBe(0);
      expect(days).toBe(Math.round((to - from) / DAY) + 1);
    },
  );
});

const zones = [
  'UTC',
  'America/New_York',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'America/St_Johns',
  'Pacific/Apia',
  'Africa/Casablanca',
];
const widths = [
  '1 second',
  '15 seconds',
  '1 minute',
  '20 minutes',
  '1 hour',
  '2 hours',
  '6 hours',
  '12 hours',
  '1 day',
  '1 week',
  '1 month',
  '3 months',
];
const instants = fc.integer({ min: Date.UTC(1960, 0, 1), max: Date.UTC(2040, 0, 1) });

test('windows tumble: every instant lies in one, and any grid finds the same', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...widths),
      fc.constantFrom(...zones),
      instants,
      fc.nat({ max: 900 * DAY }),
      fc.nat({ max: 900 * DAY }),
      (every, zone, instant, before, after) => {
        const window = parseWindow(every);
        const near = windowGrid(window, zone, instant, instant);
        const wide = windowGrid(window, zone, instant - before, instant + after);
        const [start, end] = [windowStart(near, instant), windowEnd(near, instant)];
        expect(start).toBeLessThanOrEqual(instant);
        expect(end).toBeGreaterThan(instant);
        expect([windowStart(wide, instant), windowEnd(wide, instant)]).toEqual([start, end]);
        expect(windowStart(near, start)).toBe(start);
        expect(windowStart(near, end - 1)).toBe(start);
        const [first, last] = [wide[0], wide.at(-1)];
        expect(first?.from).toBeLessThanOrEqual(instant - before);
        expect(last?.to).toBeGreaterThan(instant + after);
        wide.forEach((run, i) => {
          expect((run.to - run.from) % run.width).toBe(0);
          if (i > 0) expect(run.from).toBe(wide[i - 1]?.to);
        });
      },
    ),
    { numRuns: 300 },
  );
});

test('SQL finds the same windows', async () => {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...widths),
        fc.constantFrom(...zones),
        fc.array(instants, { minLength: 1, maxLength: 20 }),
        async (every, zone, times) => {
          const window = parseWindow(every);
          const grid = windowGrid(window, zone, Math.min(...times), Math.max(...times));
          const values = times.map((time) => `(${time}000)`).join(', ');
          const reader = await connection.runAndReadAll(
            `SELECT s // 1000, (${windowEndSql(grid, 's')}) // 1000 FROM
               (SELECT i, ${windowStartSql(grid, 't')} AS s FROM (SELECT row_number() OVER () AS i, t FROM (VALUES ${values}) v(t))) ORDER BY i`,
          );
          const found = reader.getRows().map(([start, end]) => [Number(start), Number(end)]);
          expect(found).toEqual(times.map((time) => [windowStart(grid, time), windowEnd(grid, time)]));
        },
      ),
      { numRuns: 60 },
    );
  } finally {
    instance.closeSync();
  }
});
