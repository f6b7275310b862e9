import type { WindowGrid, WindowRun } from './windows.ts';

/** Microseconds since the epoch, from milliseconds. */
export function micros(milliseconds: number): string {
  return (BigInt(milliseconds) * 1000n).toString();
}

/** A timestamp literal, in any engine that knows `make_timestamptz`. */
export function timestampSql(milliseconds: number): string {
  return `make_timestamptz(${micros(milliseconds)})`;
}

/**
 * Start of the window that holds an instant of the grid; both as microseconds since the epoch. Whole-number arithmetic on
 * the grid's runs, found by halving: the engine's own calendar is not asked.
 *
 * @param instant SQL of a whole number
 */
export function windowStartSql(grid: WindowGrid, instant: string): string {
  return overRuns(grid, instant, (run) =>
    run.to - run.from === run.width
      ? micros(run.from)
      : `${micros(run.from)} + (${instant} - ${micros(run.from)}) // ${micros(run.width)} * ${micros(run.width)}`,
  );
}

/** End of the window that starts at `start`; both as microseconds since the epoch. */
export function windowEndSql(grid: WindowGrid, start: string): string {
  return overRuns(grid, start, (run) => `${start} + ${micros(run.width)}`);
}

function overRuns(runs: WindowGrid, instant: string, sql: (run: WindowRun) => string): string {
  const [first] = runs;
  if (first === undefined) throw new RangeError('a window grid holds at least one run');
  if (runs.length === 1) return sql(first);
  const middle = runs.length >> 1;
  const [early, late] = [runs.slice(0, middle), runs.slice(middle)];
  const border = (late[0] as WindowRun).from;
  return `CASE WHEN ${instant} < ${micros(border)} THEN ${overRuns(early, instant, sql)} ELSE ${overRuns(late, instant, sql)} END`;
}
