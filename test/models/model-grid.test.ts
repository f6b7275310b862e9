import { describe, expect, it } from 'vitest';
import { factory } from '../../fleets/index.ts';
import { modelGrid, runsWithin } from '../../src/models/model-grid.ts';

const shiftly = factory.models['oee_shiftly']!;

/** Shifts as UTC hours and lengths in hours, from the given instant on. */
const shiftsFrom = (from: number, hours: number) =>
  modelGrid(shiftly, from, from + hours * 3_600_000).map((run) => [
    run.shift,
    new Date(run.from).toISOString().slice(5, 16),
    (run.to - run.from) / 3_600_000,
  ]);

describe('shifts', () => {
  it('follow the clock of the site, eight hours each on a common day', () => {
    expect(shiftsFrom(Date.UTC(2024, 5, 3, 4), 20)).toEqual([
      ['early', '06-03T04:00', 8],
      ['late', '06-03T12:00', 8],
      ['night', '06-03T20:00', 8],
    ]);
  });

  it('are an hour shorter, or longer, in the nights in which the clock jumps', () => {
    expect(shiftsFrom(Date.UTC(2024, 2, 30, 21), 9)).toEqual([
      ['night', '03-30T21:00', 7],
      ['early', '03-31T04:00', 8],
    ]);
    expect(shiftsFrom(Date.UTC(2024, 9, 26, 20), 9)).toEqual([
      ['night', '10-26T20:00', 9],
      ['early', '10-27T05:00', 8],
    ]);
  });

  it('hold the instant that they are asked for, at their borders too', () => {
    expect(shiftsFrom(Date.UTC(2024, 5, 3, 11, 59), 0)).toEqual([['early', '06-03T04:00', 8]]);
    expect(shiftsFrom(Date.UTC(2024, 5, 3, 12), 0)).toEqual([['late', '06-03T12:00', 8]]);
  });

  it('begin at the jump where the clock leaves their start out', () => {
    const model = {
      ...shiftly,
      every: {
        unit: 'shift' as const,
        starts: [
          { name: 'one', minute: 150 },
          { name: 'two', minute: 180 },
        ],
      },
    };
    const day = modelGrid(model, Date.UTC(2024, 2, 31, 0), Date.UTC(2024, 2, 31, 12));
    // 02:30 is not shown that night: the clock jumps to 03:00, when the other shift begins
    expect(day.map(({ shift, from }) => [shift, new Date(from).toISOString().slice(5, 16)])).toEqual([
      ['two', '03-30T02:00'],
      ['two', '03-31T01:00'],
    ]);
    expect(day[0]!.to).toBe(day[1]!.from);
  });
});

describe('runs within ranges', () => {
  it('are cut to them, and keep their names', () => {
    const grid = modelGrid(shiftly, Date.UTC(2024, 5, 3, 4), Date.UTC(2024, 5, 4, 4));
    const [from, to] = [Date.UTC(2024, 5, 3, 12), Date.UTC(2024, 5, 3, 20)];
    expect(runsWithin(grid, [{ from, to }])).toEqual([{ from, to, width: to - from, shift: 'late' }]);
  });
});
