import type { ScheduleResult } from './run-schedule.ts';

/** Steps that are shown of a schedule that failed; `--trace` shows them all. */
const LAST_STEPS = 40;

/** What broke, in which schedule, and how to see it again. */
export function describeResult({ seed, plan, problems, trace }: ScheduleResult): string {
  const shown = trace.slice(-LAST_STEPS);
  return [
    `seed ${seed}: ${problems.length} problems`,
    ...problems.map((problem) => `  ${problem}`),
    `plan: ${JSON.stringify(plan)}`,
    `the last ${shown.length} of ${trace.length} steps:`,
    ...shown.map((step) => `  ${step}`),
    `again, with every step: npm run simulate:writers -- --seed ${seed} --schedules 1 --trace`,
  ].join('\n');
}
