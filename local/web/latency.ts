import type { Latency } from './live-state.ts';

/** How long ago what counts happened, at most. */
const WINDOW_MS = 60_000;
/** More are thinned evenly: percentiles of tens of thousands do not change by more. */
const PER_FILE = 2_000;

/** Percentiles of how long rows took from the broker to the table, over the last minute. */
export type LatencyWindow = {
  /**
   * @param arrivals microseconds, as a column holds them: those of one data file
   * @param queryableAt milliseconds
   */
  add(arrivals: ArrayLike<number | bigint>, queryableAt: number): void;
  read(now: number): Latency;
};

type Sample = { readonly at: number; readonly rows: number; readonly took: Float64Array };

export function createLatencyWindow(): LatencyWindow {
  let samples: Sample[] = [];
  return {
    add(arrivals, queryableAt) {
      const step = Math.max(1, Math.ceil(arrivals.length / PER_FILE));
      const took = new Float64Array(Math.ceil(arrivals.length / step));
      for (let i = 0; i < took.length; i++) {
        took[i] = Math.max(0, queryableAt - Number(arrivals[i * step]!) / 1000);
      }
      samples.push({ at: queryableAt, rows: arrivals.length, took });
    },
    read(now) {
      samples = samples.filter(({ at }) => at > now - WINDOW_MS);
      // a thinned file's values count for as many rows as they stand for
      const weighted = samples.flatMap(({ rows, took }) =>
        Array.from(took, (value) => ({ value, weight: rows / took.length })),
      );
      weighted.sort((a, b) => a.value - b.value);
      const rows = samples.reduce((sum, sample) => sum + sample.rows, 0);
      return { rows, p50: atShare(weighted, rows * 0.5), p99: atShare(weighted, rows * 0.99) };
    },
  };
}

/** The nearest-rank percentile. */
function atShare(
  weighted: readonly { readonly value: number; readonly weight: number }[],
  rank: number,
): number | null {
  let seen = 0;
  for (const { value, weight } of weighted) {
    seen += weight;
    if (seen >= rank) return value;
  }
  return weighted.at(-1)?.value ?? null;
}
