import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Missing, Need } from './check.ts';
import { setUpMosquitto } from './mosquitto.ts';
import { CACHE, DELTA_CHECK } from './places.ts';
import { runCommand } from './run-command.ts';

const REQUIREMENTS = new URL('./requirements.txt', import.meta.url);

/** What has to be importable for an engine to be there. */
const MODULES = {
  pyarrow: 'pyarrow.parquet',
  deltalake: 'deltalake',
  moto: 'moto.server',
  ministack: 'ministack.app',
  'cfn-lint': 'cfnlint',
} as const satisfies Partial<Record<Need, string>>;

const requirements = await readFile(REQUIREMENTS, 'utf8');
const venv = join(CACHE, `venv-${createHash('sha256').update(requirements).digest('hex').slice(0, 12)}`);

/** The Python that has the engines. */
export const PYTHON = join(venv, 'bin', 'python');

/** Sets up what is not there yet, in a virtual environment of its own, and says what is missing all the same, and why. */
export async function setUpEngines(): Promise<Missing> {
  const missing = new Map<Need, string>();
  if (!existsSync(DELTA_CHECK)) {
    missing.set('shared', `${DELTA_CHECK} is not there: set TRIBUTARY_SHARED to the folder that has it`);
  }
  const noBroker = await setUpMosquitto();
  if (noBroker !== undefined) missing.set('mosquitto', noBroker);
  const fault = await installEngines();
  for (const [need, module] of Object.entries(MODULES) as [keyof typeof MODULES, string][]) {
    const why = fault ?? (await findImportFault(module));
    if (why !== undefined) missing.set(need, why);
  }
  return missing;
}

/** Undefined once all requirements are installed. The mark is written last: half an environment is made anew. */
async function installEngines(): Promise<string | undefined> {
  const ready = join(venv, 'ready');
  if (existsSync(ready)) return undefined;
  console.log('setting up the engines of requirements.txt (once)');
  await rm(venv, { recursive: true, force: true });
  await mkdir(CACHE, { recursive: true });
  const made = await tryCommand('python3', ['-m', 'venv', venv]);
  if (made !== undefined) return `python3 -m venv does not work: ${made}`;
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', REQUIREMENTS.pathname];
  const installed = await tryCommand(PYTHON, pip);
  if (installed !== undefined) return `pip install does not work: ${installed}`;
  await writeFile(ready, requirements);
  return undefined;
}

async function findImportFault(module: string): Promise<string | undefined> {
  const fault = await tryCommand(PYTHON, ['-c', `import ${module}`]);
  return fault === undefined ? undefined : `${module} cannot be imported: ${fault}`;
}

/** Undefined where it went well, else the last line of what was said. */
async function tryCommand(program: string, args: readonly string[]): Promise<string | undefined> {
  try {
    const { code, output } = await runCommand(program, args);
    return code === 0 ? undefined : (output.trim().split('\n').at(-1) ?? `it ended with ${code}`);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
