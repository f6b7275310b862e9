import { expect, test } from 'vitest';
import { createRandom } from '../../device-sim/random.ts';
import {
  chance,
  dailyCycle,
  driftingNoise,
  exponential,
  normal,
  pick,
  randomWalk,
  roundTo,
  uniform,
  wholeNumber,
} from '../../src/fleet/signals.ts';

const HOUR = 3_600_000;
const draw = <T>(count: number, next: () => T): T[] => Array.from({ length: count }, next);
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const deviation = (values: readonly number[]) => {
  const center = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - center) ** 2)));
};

test('a seed and a path repeat their numbers; another seed, fleet or device has others', () => {
  const numbers = (seed: number, ...path: (string | number)[]) => draw(5, createRandom(seed, ...path));
  expect(numbers(7, 'weather', 3)).toEqual(numbers(7, 'weather', 3));
  const others = [
    numbers(7, 'weather', 4),
    numbers(7, 'vehicles', 3),
    numbers(8, 'weather', 3),
    numbers(7 + 2 ** 32, 'weather', 3),
  ];
  for (const other of others) expect(other).not.toEqual(numbers(7, 'weather', 3));
});

test('numbers are uniform in [0, 1), neighbouring devices are not correlated', () => {
  const count = 100_000;
  const a = draw(count, createRandom(1, 'weather', 0));
  const b = draw(count, createRandom(1, 'weather', 1));
  expect(a.every((value) => value >= 0 && value < 1)).toBe(true);
  const tenths = Array.from(
    { length: 10 },
    (_, i) => a.filter((value) => Math.floor(value * 10) === i).length,
  );
  // chi-square with 9 degrees of freedom exceeds 27.9 once in a thousand; the seed is fixed
  expect(tenths.reduce((sum, n) => sum + (n - count / 10) ** 2 / (count / 10), 0)).toBeLessThan(27.9);
  const covariance = mean(a.map((value, i) => (value - 0.5) * (b[i]! - 0.5)));
  expect(Math.abs(covariance * 12)).toBeLessThan(0.015);
});

test('normal values have their mean and deviation, exponential ones their rate', () => {
  const random = createRandom(2);
  const values = draw(50_000, () => normal(random, 20, 3));
  expect(mean(values)).toBeCloseTo(20, 0);
  expect(deviation(values)).toBeCloseTo(3, 0);
  expect(values.filter((value) => Math.abs(value - 20) < 3).length / values.length).toBeCloseTo(0.683, 1);
  expect(mean(draw(50_000, () => exponential(random, 1 / 500))) / 500).toBeCloseTo(1, 1);
});

test('a walk stays within its bounds and moves in steps', () => {
  const next = randomWalk(createRandom(3), { start: 50, step: 2, min: 0, max: 100 });
  const values = draw(20_000, next);
  expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...values)).toBeLessThanOrEqual(100);
  expect(Math.max(...values.slice(1).map((value, i) => Math.abs(value - values[i]!)))).toBeLessThan(12);
  expect(deviation(values)).toBeGreaterThan(10);
});

test('drifting noise keeps its deviation at any pace and forgets with its memory', () => {
  const noise = driftingNoise(createRandom(4), { deviation: 5, memory: HOUR });
  const values = Array.from({ length: 50_000 }, (_, i) => noise(i * HOUR * 0.1));
  expect(deviation(values)).toBeCloseTo(5, 0);
  const correlation = (lag: number) => mean(values.slice(lag).map((value, i) => value * values[i]!)) / 25;
  expect(correlation(1)).toBeGreaterThan(0.8);
  expect(Math.abs(correlation(60))).toBeLessThan(0.1);
  expect(noise(50_000 * HOUR)).toBe(noise(50_000 * HOUR));
});

test('the daily cycle peaks at its hour every day', () => {
  const cycle = { amplitude: 8, peakHour: 15 };
  for (const day of [0, 1, 365]) {
    expect(dailyCycle((day * 24 + 15) * HOUR, cycle)).toBeCloseTo(8);
    expect(dailyCycle((day * 24 + 3) * HOUR, cycle)).toBeCloseTo(-8);
  }
});

test('uniform, whole numbers, chance and pick keep to what was asked', () => {
  const random = createRandom(5);
  expect(draw(1000, () => uniform(random, -2, 3)).every((value) => value >= -2 && value < 3)).toBe(true);
  expect(new Set(draw(1000, () => wholeNumber(random, 1, 4)))).toEqual(new Set([1, 2, 3, 4]));
  expect(mean(draw(10_000, () => Number(chance(random, 0.25))))).toBeCloseTo(0.25, 1);
  expect(new Set(draw(100, () => pick(random, ['a', 'b'])))).toEqual(new Set(['a', 'b']));
  expect(() => pick(random, [])).toThrow(/nothing to pick from/);
  expect(roundTo(18.25999999, 1)).toBe(18.3);
});
