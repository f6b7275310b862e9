/** `node mutant-process.ts NAME SEED SCHEDULES`: prints how the simulation catches the mutant, or nothing. */
import { MUTANTS } from './mutants.ts';
import { plantMutant } from './plant-mutant.ts';

const [name, seed, schedules] = process.argv.slice(2);
const mutant = MUTANTS.find((candidate) => candidate.name === name);
if (mutant === undefined) throw new Error(`no mutant is called ${name}`);
plantMutant(mutant);
const { runSchedule } = await import('./run-schedule.ts');

for (let next = Number(seed); next < Number(seed) + Number(schedules); next++) {
  const { problems } = await runSchedule(next);
  if (problems.length === 0) continue;
  const [first] = problems[0]!.split('\n');
  console.log(`seed ${next} (schedule ${next - Number(seed) + 1}): ${first}`);
  break;
}
