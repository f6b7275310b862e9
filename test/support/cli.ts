import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

export const REPOSITORY = fileURLToPath(new URL('../../', import.meta.url));

export type CliOutcome = {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
};

/** The command line as a user starts it; `ended` resolves with what it printed. */
export function startCli(args: readonly string[]): {
  readonly child: ChildProcess;
  readonly ended: Promise<CliOutcome>;
  /** resolves when this stands on its standard output */
  readonly said: (text: string) => Promise<void>;
} {
  const child = spawn(process.execPath, [join(REPOSITORY, 'bin/tributary.mjs'), ...args], {
    cwd: REPOSITORY,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const ended = new Promise<CliOutcome>((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  onTestFinished(() => {
    // by its id, and only where it still runs
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
  });
  const said = (text: string) =>
    new Promise<void>((resolve, reject) => {
      const look = () => stdout.includes(text) && resolve();
      child.stdout.on('data', look);
      look();
      void ended.then(({ code }) =>
        reject(new Error(`ended with ${code} and never said ${text}: ${stderr}`)),
      );
    });
  return { child, ended, said };
}

export function runCli(...args: readonly string[]): Promise<CliOutcome> {
  return startCli(args).ended;
}

/** The JSON that a command with `--json` printed; fails with what it said otherwise. */
export async function runCliForJson<T>(...args: readonly string[]): Promise<T> {
  const { code, stdout, stderr } = await runCli(...args, '--json');
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}: ${stderr}${stdout}`);
  return JSON.parse(stdout) as T;
}

/** A path in a folder that goes with the test; nothing is there yet. */
export function temporaryPath(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-cli-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, name);
}
