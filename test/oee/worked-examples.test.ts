import { describe, expect, it } from 'vitest';
import {
  findStops,
  holdReports,
  keyFigures,
  type LineHistory,
  type LossClass,
  measureLine,
} from '../../src/oee/index.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const WEEK = 7 * 24 * HOUR;
const MICROSTOP = { microstop: 120 * SECOND };

/** `['22:00', 'productive']`: from that time of 4 March 2024 on, in UTC; `+1` is the day after. */
type Entry = readonly [time: string, value: LossClass | undefined];

function at(time: string): number {
  const [clock = '', days = '0'] = time.split('+');
  const [hours = 0, minutes = 0, seconds = 0] = clock.split(':').map(Number);
  return Date.UTC(2024, 2, 4 + Number(days), hours, minutes, seconds);
}

function line(
  states: readonly Entry[],
  counts: readonly (readonly [time: string, processed: number, defective: number])[] = [],
  designSpeed = 60,
): LineHistory {
  return {
    states: holdReports(
      states.map(([time, value]) => ({ at: at(time), value })),
      WEEK,
    ),
    designSpeeds: [{ from: at('00:00'), to: at('00:00+3'), value: designSpeed }],
    steps: counts.map(([time, processed, defective]) => ({ at: at(time), processed, defective })),
  };
}

const window = (from: string, to: string, asOf = '00:00+3') => ({
  from: at(from),
  to: at(to),
  asOf: at(asOf),
});

describe('a common hour', () => {
  // runs 45 minutes, stands for 15; 60 parts a minute would be 2,700
  const history = line(
    [
      ['08:00', 'productive'],
      ['08:45', 'availability'],
      ['09:00', 'productive'],
    ],
    [
      ['08:20', 1200, 20],
      ['08:45', 960, 34],
    ],
  );

  it('is 45 of 60 minutes, 2,160 of 2,700 parts, 2,106 of 2,160 good', () => {
    const figures = measureLine(history, window('08:00', '09:00'), MICROSTOP);
    expect(figures).toMatchObject({
      available: 45 * MINUTE,
      stopped: 15 * MINUTE,
      stops: 1,
      microstops: 0,
      idealParts: 2700,
      processed: 2160,
      defective: 54,
      availability: 0.75,
      performance: 0.8,
      quality: 0.975,
      unknown: 0,
    });
    expect(figures.oee).toBeCloseTo(0.585, 12);
  });
});

describe('a stop that spans midnight', () => {
  const history = line([
    ['20:00', 'productive'],
    ['23:40', 'availability'],
    ['00:30+1', 'productive'],
  ]);

  it('is cut there: 20 minutes of the day before, 30 of the day after', () => {
    expect(measureLine(history, window('20:00', '00:00+1'), MICROSTOP)).toMatchObject({
      stopped: 20 * MINUTE,
      available: 220 * MINUTE,
      stops: 1,
    });
    // it began the day before, and is counted once
    expect(measureLine(history, window('00:00+1', '01:00+1'), MICROSTOP)).toMatchObject({
      stopped: 30 * MINUTE,
      available: 30 * MINUTE,
      stops: 0,
    });
  });
});

describe('a shift that changes inside a stop', () => {
  const states: Entry[] = [
    ['13:00', 'productive'],
    ['13:59', 'availability'],
    ['14:00:30', 'productive'],
  ];

  it('shares a short stop of 90 seconds out, which is a microstop to both', () => {
    const [early, late] = [window('06:00', '14:00'), window('14:00', '22:00')].map((each) =>
      measureLine(line(states), each, MICROSTOP),
    );
    expect(early).toMatchObject({ microstopped: 60 * SECOND, stopped: 0, microstops: 1, availability: 1 });
    expect(late).toMatchObject({ microstopped: 30 * SECOND, stopped: 0, microstops: 0, availability: 1 });
  });

  it('calls one of three minutes a stop, although either shift has less than two of it', () => {
    const longer = line([...states.slice(0, 1), ['13:58:30', 'availability'], ['14:01:30', 'productive']]);
    const [early, late] = [window('06:00', '14:00'), window('14:00', '22:00')].map((each) =>
      measureLine(longer, each, MICROSTOP),
    );
    expect(early).toMatchObject({ microstopped: 0, stopped: 90 * SECOND, stops: 1 });
    expect(late).toMatchObject({ microstopped: 0, stopped: 90 * SECOND, stops: 0 });
  });

  it('takes states that follow each other for one stop', () => {
    const stretches = line([
      ['13:00', 'productive'],
      ['13:58', 'availability'],
      ['13:59', 'availability'],
      ['14:00:01', 'productive'],
    ]).states;
    expect(findStops(stretches)).toEqual([{ from: at('13:58'), to: at('14:00:01') }]);
  });
});

describe('a line with no counts', () => {
  it('has an availability, and nothing that nobody knows', () => {
    const history = line([
      ['08:00', 'productive'],
      ['08:30', 'availability'],
    ]);
    expect(measureLine(history, window('08:00', '09:00'), MICROSTOP)).toMatchObject({
      availability: 0.5,
      processed: undefined,
      performance: undefined,
      quality: undefined,
      oee: undefined,
    });
  });

  it('made nothing where its counters stood still', () => {
    const history = line([['08:00', 'productive']], [['08:30', 0, 0]]);
    expect(measureLine(history, window('08:00', '09:00'), MICROSTOP)).toMatchObject({
      availability: 1,
      performance: 0,
      quality: undefined,
      oee: 0,
    });
  });
});

describe('a day of 23 hours', () => {
  // Berlin, 31 March 2024: from 23:00 to 22:00 in UTC
  const [from, to] = [Date.UTC(2024, 2, 30, 23), Date.UTC(2024, 2, 31, 22)];

  it('has 23 hours to be available in, not 24', () => {
    const history: LineHistory = {
      states: [
        { from, to: from + 11.5 * HOUR, value: 'productive' },
        { from: from + 11.5 * HOUR, to, value: 'availability' },
      ],
      designSpeeds: [{ from, to, value: 60 }],
      steps: [{ at: from + HOUR, processed: 41_400, defective: 0 }],
    };
    expect(measureLine(history, { from, to, asOf: to }, MICROSTOP)).toMatchObject({
      available: 11.5 * HOUR,
      stopped: 11.5 * HOUR,
      availability: 0.5,
      idealParts: 41_400,
      performance: 1,
      oee: 0.5,
      unknown: 0,
    });
  });
});

describe('an excluded state', () => {
  it('is neither a loss nor available: an hour of nothing to do leaves the figures of the others', () => {
    const history = line([
      ['08:00', 'productive'],
      ['10:00', 'excluded'],
      ['11:00', 'availability'],
      ['12:00', 'productive'],
    ]);
    expect(measureLine(history, window('08:00', '12:00'), MICROSTOP)).toMatchObject({
      available: 2 * HOUR,
      stopped: HOUR,
      excluded: HOUR,
      availability: 2 / 3,
    });
    expect(measureLine(history, window('10:00', '11:00'), MICROSTOP)).toMatchObject({
      availability: undefined,
      oee: undefined,
    });
  });
});

describe('what is not known', () => {
  it('is unknown: before the first report, beyond the carry, in a state without class', () => {
    const history = line([
      ['08:15', 'productive'],
      ['08:45', undefined],
    ]);
    expect(measureLine(history, window('08:00', '09:00'), MICROSTOP)).toMatchObject({
      available: 30 * MINUTE,
      unknown: 30 * MINUTE,
      availability: 1,
    });
    const silent = {
      ...line([]),
      states: holdReports([{ at: at('08:00'), value: 'productive' as const }], HOUR),
    };
    expect(measureLine(silent, window('08:00', '10:00'), MICROSTOP)).toMatchObject({
      available: HOUR,
      unknown: HOUR,
    });
  });

  it('ends at as_of: a window under way has as much time as is known', () => {
    const history = line([
      ['08:00', 'productive'],
      ['08:10', 'availability'],
    ]);
    expect(measureLine(history, window('08:00', '09:00', '08:11'), MICROSTOP)).toMatchObject({
      available: 11 * MINUTE,
      microstopped: MINUTE,
      stopped: 0,
      unknown: 0,
    });
    // five minutes later the same stop is none of the short ones any more
    expect(measureLine(history, window('08:00', '09:00', '08:16'), MICROSTOP)).toMatchObject({
      available: 10 * MINUTE,
      stopped: 6 * MINUTE,
    });
  });

  it('is the pace, where the design speed is known in part only', () => {
    const history = { ...line([['08:00', 'productive']], [['08:30', 900, 0]]), designSpeeds: [] };
    expect(measureLine(history, window('08:00', '09:00'), MICROSTOP).performance).toBeUndefined();
  });
});

describe('the formulas', () => {
  it('are 0 for a line that was never available, whatever else is unknown', () => {
    const figures = keyFigures({
      available: 0,
      stopped: HOUR,
      idealParts: undefined,
      processed: undefined,
      defective: 0,
    });
    expect(figures).toEqual({ availability: 0, performance: undefined, quality: undefined, oee: 0 });
  });

  it('let a line outrun its design speed', () => {
    expect(
      keyFigures({ available: HOUR, stopped: 0, idealParts: 100, processed: 110, defective: 0 }),
    ).toMatchObject({ performance: 1.1, oee: 1.1 });
  });
});
