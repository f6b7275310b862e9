import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CACHE } from './places.ts';
import { runCommand } from './run-command.ts';

/** A virtual environment of Python for one file of requirements: `install` makes it, once, and makes half of one anew. */
export type PythonEnvironment = {
  /** its interpreter */
  readonly python: string;
  /** @throws Error that says what does not work */
  readonly install: () => Promise<void>;
};

export async function pythonEnvironment(requirements: URL): Promise<PythonEnvironment> {
  const text = await readFile(requirements, 'utf8');
  const folder = join(CACHE, `venv-${createHash('sha256').update(text).digest('hex').slice(0, 12)}`);
  const python = join(folder, 'bin', 'python');
  return {
    python,
    async install() {
      const ready = join(folder, 'ready');
      if (existsSync(ready)) return;
      console.log(`setting up ${requirements.pathname.split('/conformance/').at(-1)} (once)`);
      await rm(folder, { recursive: true, force: true });
      await mkdir(CACHE, { recursive: true });
      await demand('python3', ['-m', 'venv', folder]);
      const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check'];
      await demand(python, [...pip, '-r', requirements.pathname]);
      await writeFile(ready, text);
    },
  };
}

/** Runs a program that has to end well. @throws Error with the last line of what it said */
export async function demand(program: string, args: readonly string[]): Promise<void> {
  const { code, output } = await runCommand(program, args);
  if (code === 0) return;
  const last = output.trim().split('\n').at(-1) ?? '';
  throw new Error(`${program} ${args.slice(0, 3).join(' ')} ended with ${code}: ${last}`);
}
