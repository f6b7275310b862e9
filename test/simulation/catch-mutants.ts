/**
 * `npm run simulate:mutants -- [--schedules N] [--seed N]`: plants one bug after another, each in a process of its own, and
 * shows in which schedule the simulation finds it, and by what. Fails where one gets through.
 */
import { parseArgs } from 'node:util';
import { catchMutants } from './mutant-catches.ts';

const { values: options } = parseArgs({
  options: {
    schedules: { type: 'string', default: '3000' },
    seed: { type: 'string', default: '1' },
  },
});
let missed = 0;
for await (const { name, caught } of catchMutants(Number(options.seed), Number(options.schedules))) {
  if (caught === undefined) missed++;
  console.log(`${name}\n  ${caught ?? `NOT CAUGHT in ${options.schedules} schedules`}`);
}
process.exitCode = missed === 0 ? 0 : 1;
