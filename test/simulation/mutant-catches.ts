import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { MUTANTS } from './mutants.ts';

const PROCESS = fileURLToPath(new URL('./mutant-process.ts', import.meta.url));

export type Catch = {
  readonly name: string;
  /** the seed and what broke; undefined where nothing did */
  readonly caught: string | undefined;
};

/** Plays schedules from `seed` on under each mutant, until one breaks. Rejects where a mutant cannot be planted. */
export async function* catchMutants(seed: number, schedules: number): AsyncGenerator<Catch> {
  for (const { name } of MUTANTS) {
    const args = ['--disable-warning=ExperimentalWarning', PROCESS, name, String(seed), String(schedules)];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    const caught = stdout.trim();
    yield { name, caught: caught === '' ? undefined : caught };
  }
}
