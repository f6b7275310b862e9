import { describe, expect, it } from 'vitest';
import { vehicles } from '../../fleets/vehicles.ts';
import { weather } from '../../fleets/weather.ts';
import { lastMoment, rotate, selectUpkeep } from '../../lambdas/shared/upkeep.ts';
import { UsageError } from '../../src/errors.ts';

describe('the upkeep of a lake', () => {
  it('is of every table, as its writer makes it: raw tables by their order, gold in small files', () => {
    const all = selectUpkeep([weather], {});
    expect(all.map(({ table }) => table)).toEqual(
      expect.arrayContaining(['quarantine', 'weather/observations', 'weather/daily']),
    );
    const of = (table: string) => all.find((each) => each.table === table)!;
    expect(of('weather/observations')).toMatchObject({ sortBy: ['observed_at', 'station'] });
    expect(of('weather/observations').targetRows).toBeUndefined();
    expect(of('weather/daily')).toMatchObject({ targetRows: 10_000, sortBy: ['window_start', 'location'] });
  });

  it('is of those that are asked for, and refuses what there is not', () => {
    const tables = (names: readonly string[]) =>
      selectUpkeep([weather], { tables: names }).map(({ table }) => table);
    expect(tables(['weather/daily'])).toEqual(['weather/daily']);
    expect(selectUpkeep([weather, vehicles], { fleet: 'weather' }).map(({ table }) => table)).toEqual(
      Object.keys({ ...weather.tables, ...weather.rollups }).map((name) => `weather/${name}`),
    );
    expect(() => selectUpkeep([weather], { fleet: 'wether' })).toThrow(
      'no fleet "wether"; there are weather',
    );
    expect(() => tables(['weather/dialy'])).toThrow(UsageError);
    expect(() => tables(['weather/dialy'])).toThrow(
      'no table "weather/dialy" in this lake; there are quarantine',
    );
  });

  it('ends before its time does, and begins anywhere', () => {
    expect(lastMoment(15 * 60_000, 1_000)).toBe(1_000 + 14 * 60_000);
    expect(lastMoment(40_000, 0)).toBe(30_000);
    expect(rotate([1, 2, 3], 0.5)).toEqual([2, 3, 1]);
    expect(rotate([], 0.5)).toEqual([]);
  });
});
