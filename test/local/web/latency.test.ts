import { expect, it } from 'vitest';
import { createLatencyWindow } from '../../../local/web/latency.ts';
import { drawSeed, seededRandom } from '../../support/seed.ts';

it('gives the percentiles of all rows of the last minute, however unequal their files', () => {
  const random = seededRandom(drawSeed('latency'));
  const window = createLatencyWindow();
  const now = 1_800_000_000_000;
  const took: number[] = [];
  for (const rows of [1, 10, 100, 1_500]) {
    const values = Array.from({ length: rows }, () => Math.floor(random() * 3_000));
    took.push(...values);
    window.add(
      BigInt64Array.from(values, (value) => BigInt(now - value) * 1000n),
      now,
    );
  }
  // two minutes ago: out of sight
  window.add(
    BigInt64Array.from({ length: 5_000 }, () => BigInt(now - 200_000) * 1000n),
    now - 120_000,
  );
  took.sort((a, b) => a - b);
  const at = (share: number) => took[Math.ceil(took.length * share) - 1];
  expect(window.read(now)).toEqual({ rows: 1_611, p50: at(0.5), p99: at(0.99) });
  expect(window.read(now + 61_000)).toEqual({ rows: 0, p50: null, p99: null });
});

it('thins large files evenly', () => {
  const window = createLatencyWindow();
  const now = 1_800_000_000_000;
  window.add(
    BigInt64Array.from({ length: 100_000 }, (_, i) => BigInt(now - i) * 1000n),
    now,
  );
  const { rows, p50, p99 } = window.read(now);
  expect(rows).toBe(100_000);
  expect(Math.abs(p50! - 50_000)).toBeLessThan(200);
  expect(Math.abs(p99! - 99_000)).toBeLessThan(200);
});
