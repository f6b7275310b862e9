import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as (options: { readonly type: 'minor' }) => void;

/** Something to be timed. What `prepare` makes is not timed, and handed to `run`. */
export type Stage<T = unknown> = {
  readonly name: string;
  readonly prepare?: () => T | Promise<T>;
  readonly run: (prepared: T) => unknown;
};

/** CPU milliseconds, all threads of this process together, so that neighbours on the machine do not count. */
export type Spread = { readonly min: number; readonly median: number; readonly max: number };

/** A name's times, and each round's time beside the first stage's of the same round. */
export type Measured = { readonly name: string; readonly times: Spread; readonly ratios: Spread };

/** Runs the stages in turn, round after round, so that whatever slows the machine slows them alike. */
export async function measureInterleaved(
  stages: readonly Stage[],
  { rounds, warmUp }: { readonly rounds: number; readonly warmUp: number },
): Promise<readonly Measured[]> {
  const times = stages.map((): number[] => []);
  for (let round = -warmUp; round < rounds; round++) {
    for (const [i, stage] of stages.entries()) {
      const time = await timeOnce(stage);
      if (round >= 0) times[i]!.push(time);
    }
  }
  const base = times[0]!;
  return stages.map(({ name }, i) => ({
    name,
    times: spreadOf(times[i]!),
    ratios: spreadOf(times[i]!.map((time, round) => time / base[round]!)),
  }));
}

async function timeOnce({ prepare, run }: Stage): Promise<number> {
  const prepared = await prepare?.();
  // what was made before, the prepared input above all, is not for this stage to clean up
  collectGarbage({ type: 'minor' });
  const before = process.cpuUsage();
  await run(prepared);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  return { min: sorted[0]!, median: sorted[sorted.length >> 1]!, max: sorted.at(-1)! };
}

/** A table of times and ratios, min / median / max. */
export function formatMeasured(measured: readonly Measured[]): string {
  const width = Math.max(...measured.map(({ name }) => name.length));
  const lines = measured.map(({ name, times, ratios }) => {
    return `${name.padEnd(width)}  ${formatSpread(times, 1)} ms   ${formatSpread(ratios, 2)} ×`;
  });
  return lines.join('\n');
}

/** One line that holds a figure against its budget; it says so where the budget is not kept, and fails nothing. */
export function formatBudget(what: string, median: number, budget: number, unit: string): string {
  const verdict = median <= budget ? 'kept' : 'NOT kept';
  return `budget: ${what} <= ${budget} ${unit}, median ${median.toFixed(2)}: ${verdict}`;
}

export function formatSpread({ min, median, max }: Spread, digits: number): string {
  return [min, median, max].map((value) => value.toFixed(digits).padStart(6)).join(' /');
}
