import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, test } from 'vitest';
import type { Column } from '../../src/fleet/model.ts';
import { floorDecimal, parseDecimalText } from '../../src/decode/decimal-text.ts';
import { MAX_MILLIS, millisOfEpoch, millisOfEpochText, MIN_MILLIS } from '../../src/decode/epoch-time.ts';
import { parseCommonTime, parseIsoTime } from '../../src/decode/iso-time.ts';
import { localClock } from '../../src/decode/zones.ts';
import { drawSeed } from '../support/seed.ts';
import { ARRIVED_AT, decodePayload, decodeValue, makeColumn, makeTable } from './tables.ts';

const seed = drawSeed('times');

function timeColumn(format: NonNullable<Column['time']>['format'], zone?: string): Column {
  return makeColumn('t', 'timestamp', { time: { format, zone } });
}

/** The instant that a time becomes, as text in milliseconds, or the reason why it becomes none. */
function decodeTime(column: Column, json: string): string {
  const text = decodeValue(column, json);
  return text.startsWith('"') ? text.replace(/^"|000Z"$/g, '') : text;
}

describe('ISO times', () => {
  test.each([
    ['2017-03-21T00:00:31-05:00', '2017-03-21T05:00:31.000'],
    ['2017-03-21T00:00:31+05:30', '2017-03-20T18:30:31.000'],
    ['2017-03-21T00:00:31-0500', '2017-03-21T05:00:31.000'],
    ['2017-03-21T00:00:31+05', '2017-03-20T19:00:31.000'],
    ['2017-03-21 00:00:31Z', '2017-03-21T00:00:31.000'],
    ['2017-03-21 00:00:31.5 -0500', '2017-03-21T05:00:31.500'],
    ['2017-03-21t00:00:31z', '2017-03-21T00:00:31.000'],
    ['2017-03-21T00:00Z', '2017-03-21T00:00:00.000'],
    ['20170321T000031Z', '2017-03-21T00:00:31.000'],
    ['20170321T000031.25+0100', '2017-03-20T23:00:31.250'],
    ['20170321T0000Z', '2017-03-21T00:00:00.000'],
    ['2017-03-21T00:00:31.1239999999999999Z', '2017-03-21T00:00:31.123'],
    ['2017-03-21T00:00:31,5Z', '2017-03-21T00:00:31.500'],
    ['1969-12-31T23:59:59.9999Z', '1969-12-31T23:59:59.999'],
    ['2016-12-31T23:59:60Z', '2016-12-31T23:59:59.000'],
    ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000'],
    ['9999-12-31T23:59:59.999Z', '9999-12-31T23:59:59.999'],
  ])('%s is %s', (text, instant) => {
    expect(decodeTime(timeColumn('iso'), JSON.stringify(text))).toBe(instant);
  });

  test.each([
    '2017-03-21T00:00:31',
    '2017-03-21',
    '2017-02-29T00:00:00Z',
    '2017-13-01T00:00:00Z',
    '2017-00-01T00:00:00Z',
    '2017-01-00T00:00:00Z',
    '2017-01-01T24:00:00Z',
    '2017-01-01T00:60:00Z',
    '2017-01-01T00:00:61Z',
    '2017-01-01T00:00:00.Z',
    '2017-01-01T00:00:00+24:00',
    '2017-01-01T00:00:00+05:60',
    '2017-1-1T00:00:00Z',
    '2017-01-01T0:00:00Z',
    '2017-01-01  00:00:00Z',
    ' 2017-01-01T00:00:00Z',
    '2017-01-01T00:00:00Zulu',
    '+002017-01-01T00:00:00Z',
    '0000-12-31T23:59:59Z',
    '0001-01-01T00:00:00+00:01',
    '9999-12-31T23:59:59-00:01',
    '２017-01-01T00:00:00Z',
    '',
  ])('%j is none', (text) => {
    expect(decodeTime(timeColumn('iso'), JSON.stringify(text))).toBe('wrong-type');
  });

  test('a number is no ISO time', () => {
    expect(decodeTime(timeColumn('iso'), '1490072431')).toBe('wrong-type');
  });

  const fraction = fc.stringMatching(/^\d{1,9}$/).map((text) => `.${text}`);
  const offset = fc.oneof(
    fc.constantFrom('Z', '+05:30', '-0500', '+14:00', '-12:00', '+00:00'),
    fc.tuple(fc.constantFrom('+', '-'), fc.integer({ min: 0, max: 1439 })).map(([sign, minutes]) => {
      return `${sign}${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
    }),
  );
  const instant = fc.integer({
    min: MIN_MILLIS / 1000 + 90_000,
    max: Math.floor(MAX_MILLIS / 1000) - 90_000,
  });
  const time = fc.tuple(instant, fc.constantFrom('T', ' '), fc.oneof(fc.constant(''), fraction), offset);

  test('every ISO time is the instant that Temporal reads', () => {
    fc.assert(
      fc.property(time, ([seconds, separator, decimals, zone]) => {
        const local = new Date(seconds * 1000).toISOString().slice(0, 19).replace('T', separator);
        const text = `${local}${decimals}${zone}`;
        const expected = Number(Temporal.Instant.from(text).epochNanoseconds / 1_000_000n);
        const exact = Temporal.Instant.from(text).epochNanoseconds;
        const floored = exact < 0n && exact % 1_000_000n !== 0n ? expected - 1 : expected;
        const parsed = parseIsoTime(text)!;
        expect(parsed.localMillis - parsed.offsetMinutes! * 60_000).toBe(floored);
        expect(decodeTime(timeColumn('iso'), JSON.stringify(text))).toBe(
          new Date(floored).toISOString().slice(0, -1),
        );
      }),
      { seed, numRuns: 1000 },
    );
  });

  test('the fast way and the thorough way agree on whatever looks like a time', () => {
    const glyph = fc.constantFrom(...'0123456789-:.TZz +5'.split(''));
    const damaged = fc
      .tuple(time, fc.nat(30), glyph, fc.boolean())
      .map(([[seconds, , decimals], at, other, keep]) => {
        const text = `${new Date(seconds * 1000).toISOString().slice(0, 19)}${decimals}Z`;
        return keep ? text : text.slice(0, at) + other + text.slice(at + 1);
      });
    fc.assert(
      fc.property(damaged, (text) => {
        const fast = parseCommonTime(text);
        if (Number.isNaN(fast)) return;
        expect(parseIsoTime(text)).toEqual({ localMillis: fast, offsetMinutes: 0 });
      }),
      { seed, numRuns: 5000 },
    );
  });
});

describe('local times', () => {
  const zones = [
    'America/New_York',
    'Europe/Berlin',
    'Australia/Lord_Howe',
    'Asia/Kolkata',
    'Africa/Casablanca',
    'America/Sao_Paulo',
    'Pacific/Apia',
    'UTC',
  ];

  test.each([
    ['2024-03-10T02:30:00', '2024-03-10T07:30:00.000', 'is skipped and moves forward'],
    ['2024-11-03T01:30:00', '2024-11-03T05:30:00.000', 'comes twice and is the first'],
    ['2024-11-03T02:00:00', '2024-11-03T07:00:00.000', 'comes once again'],
    ['2024-07-04', '2024-07-04T04:00:00.000', 'is midnight'],
    ['2024-07-04T00:00:00+02:00', '2024-07-03T22:00:00.000', 'says its offset'],
  ])('%s in New York is %s: it %s', (text, expected) => {
    expect(decodeTime(timeColumn('iso', 'America/New_York'), JSON.stringify(text))).toBe(expected);
  });

  test.each(zones)('every local time of %s is the instant that Temporal reads', (zone) => {
    const toUtc = localClock(zone);
    // clocks change in some of these hours; most others would test nothing
    const changes = changesOf(zone);
    const near = fc
      .tuple(fc.constantFrom(...changes), fc.integer({ min: -7200, max: 7200 }))
      .map(([at, seconds]) => at + seconds * 1000);
    const anywhere = fc
      .integer({ min: Date.UTC(1900, 0) / 1000, max: Date.UTC(2100, 0) / 1000 })
      .map((seconds) => seconds * 1000);
    fc.assert(
      fc.property(fc.oneof(near, anywhere), (local) => {
        const wall = Temporal.PlainDateTime.from(new Date(local).toISOString().slice(0, -1));
        expect(toUtc(local)).toBe(
          wall.toZonedDateTime(zone, { disambiguation: 'compatible' }).epochMilliseconds,
        );
      }),
      { seed, numRuns: 1500 },
    );
  });

  /** The local times, as if UTC, at which the zone's clock changed, from both sides. */
  function changesOf(zone: string): number[] {
    const changes: number[] = [Date.UTC(2000, 0)];
    let at = Temporal.Instant.from('1970-01-01T00:00Z').toZonedDateTimeISO(zone);
    for (let i = 0; i < 60; i++) {
      const next = at.getTimeZoneTransition('next');
      if (next === null || next.year > 2040) break;
      changes.push(next.epochMilliseconds + next.offsetNanoseconds / 1e6);
      const before = next.subtract({ nanoseconds: 1 });
      changes.push(next.epochMilliseconds + before.offsetNanoseconds / 1e6);
      at = next;
    }
    return changes;
  }
});

describe('seconds and milliseconds since the epoch', () => {
  test.each([
    ['epoch-s', '1594598424.5023336', '2020-07-13T00:00:24.502'],
    ['epoch-s', '1594598424.503', '2020-07-13T00:00:24.503'],
    ['epoch-s', '1364323939.012000', '2013-03-26T18:52:19.012'],
    ['epoch-s', '"1364323939.0129999"', '2013-03-26T18:52:19.012'],
    ['epoch-s', '0', '1970-01-01T00:00:00.000'],
    ['epoch-s', '-0.0001', '1969-12-31T23:59:59.999'],
    ['epoch-s', '253402300799.999', '9999-12-31T23:59:59.999'],
    ['epoch-s', '253402300800', 'wrong-type'],
    ['epoch-s', '1e999', 'wrong-type'],
    ['epoch-s', '"1e999999999"', 'wrong-type'],
    ['epoch-s', '"2020-01-01T00:00:00Z"', 'wrong-type'],
    ['epoch-s', '""', 'wrong-type'],
    ['epoch-s', 'true', 'wrong-type'],
    ['epoch-ms', '1594598424502', '2020-07-13T00:00:24.502'],
    ['epoch-ms', '1594598424502.999', '2020-07-13T00:00:24.502'],
    ['epoch-ms', '"1594598424502"', '2020-07-13T00:00:24.502'],
    ['epoch-ms', '-62135596800000', '0001-01-01T00:00:00.000'],
    ['epoch-ms', '-62135596800001', 'wrong-type'],
  ] as const)('%s %s is %s', (format, json, expected) => {
    expect(decodeTime(timeColumn(format), json)).toBe(expected);
  });

  test('fractions are floored as decimal arithmetic floors them', () => {
    const seconds = fc.oneof(
      fc
        .integer({ min: -10_000_000_000, max: 10_000_000_000 })
        .chain((whole) => fc.stringMatching(/^\d{1,7}$/).map((decimals) => Number(`${whole}.${decimals}`))),
      fc.double({ min: MIN_MILLIS / 1000, max: MAX_MILLIS / 1000, noNaN: true }),
    );
    fc.assert(
      fc.property(seconds, fc.constantFrom('epoch-s' as const, 'epoch-ms' as const), (value, format) => {
        const expected = Number(floorDecimal(parseDecimalText(String(value))!, format === 'epoch-s' ? 3 : 0));
        // a zero with a sign is the same instant
        expect(millisOfEpoch(value, format) + 0).toBe(expected);
        expect(millisOfEpochText(String(value), format)).toBe(expected);
      }),
      { seed, numRuns: 20_000 },
    );
  });
});

describe('a time over several fields', () => {
  const fields = { year: [['y'], ['year']], month: [['m']], day: [['d']], hour: [['h']] };
  const column = (zone?: string, optional = false) =>
    makeColumn('t', 'timestamp', {
      source: { kind: 'timeFields', fields },
      optional,
      time: { format: 'iso', zone },
    });
  const decodeFields = (payload: object, wish = column()) => {
    const { rows, failures } = decodePayload(
      makeTable([wish], { nullText: ['NA'] }),
      JSON.stringify(payload),
    );
    return failures[0] === undefined ? (JSON.parse(rows[0]!) as { t: string | null }).t : failures[0];
  };

  test('numbers and numeric text, local in the zone', () => {
    expect(decodeFields({ y: 2013, m: 3, d: '01', h: 0 })).toBe('2013-03-01T00:00:00.000000Z');
    expect(decodeFields({ year: 2013, m: 3, d: 1, h: ' 23 ' }, column('Asia/Shanghai'))).toBe(
      '2013-03-01T15:00:00.000000Z',
    );
    expect(decodeFields({ y: 'NA', year: 2013, m: 3, d: 1, h: 2 })).toBe('2013-03-01T02:00:00.000000Z');
  });

  test('what does not fit names its field', () => {
    expect(decodeFields({ y: 2013, m: 3, d: 1 })).toMatchObject({
      reason: 'missing-column',
      detail: 'expected the hour at h',
    });
    expect(decodeFields({ y: 2013, m: 13, d: 1, h: 0 })).toMatchObject({ reason: 'out-of-range' });
    expect(decodeFields({ y: 2013, m: 2, d: 29, h: 0 })).toMatchObject({ reason: 'out-of-range' });
    expect(decodeFields({ y: 2013, m: 2.5, d: 1, h: 0 })).toMatchObject({ reason: 'wrong-type' });
    expect(decodeFields({ y: 2013, m: 'May', d: 1, h: 0 })).toMatchObject({ reason: 'wrong-type' });
    expect(decodeFields({ y: 2013, m: 3, d: 'NA', h: 0 })).toMatchObject({ reason: 'missing-column' });
  });

  test('all of them absent is an absent time', () => {
    expect(decodeFields({})).toMatchObject({
      reason: 'missing-column',
      detail: expect.stringContaining('y or year, m, d, h') as string,
    });
    expect(decodeFields({ m: null }, column(undefined, true))).toBeNull();
  });
});

describe('time against arrival', () => {
  const table = makeTable([timeColumn('epoch-ms')], { eventTime: 't', maxAhead: 1000, maxAge: 5000 });
  test.each([
    [ARRIVED_AT + 1000, undefined],
    [ARRIVED_AT + 1001, 'time-ahead'],
    [ARRIVED_AT - 5000, undefined],
    [ARRIVED_AT - 5001, 'too-old'],
  ])('%s', (millis, reason) => {
    const { failures, rows } = decodePayload(table, `{"t":${millis}}`);
    expect(failures[0]?.reason).toBe(reason);
    expect(rows.length).toBe(reason === undefined ? 1 : 0);
  });
});
