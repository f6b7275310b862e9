/**
 * `npm run simulate:writers -- [--schedules N] [--seed N] [--trace]`: plays so many schedules of writers over one lake, from
 * seed `--seed` on, and stops at the first that breaks what must hold. One schedule with `--trace` prints every step.
 */
import { parseArgs } from 'node:util';
import { runSchedule } from './run-schedule.ts';
import { describeResult } from './describe-result.ts';

const { values: options } = parseArgs({
  options: {
    schedules: { type: 'string', default: '1000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000_007) },
    trace: { type: 'boolean', default: false },
  },
});
const schedules = readCount('schedules', options.schedules);
const first = readCount('seed', options.seed);
console.log(`${schedules} schedules from seed ${first}`);

let steps = 0;
for (let seed = first; seed < first + schedules; seed++) {
  const result = await runSchedule(seed);
  steps += result.trace.length;
  if (options.trace) console.log(result.trace.join('\n'));
  if (result.problems.length > 0) {
    console.log(describeResult(result));
    process.exit(1);
  }
}
console.log(`${schedules} schedules, ${steps} steps: every reading once, every log sound`);

function readCount(name: string, text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  console.error(`--${name} takes a whole number, not ${JSON.stringify(text)}`);
  process.exit(2);
}
