import { spawn } from 'node:child_process';

export type CommandResult = { readonly code: number | null; readonly output: string };

/**
 * Runs a program to its end, or to a SIGKILL after so many milliseconds; `output` holds both of its streams as they came.
 * Rejects where it cannot be started.
 */
export async function runCommand(
  program: string,
  args: readonly string[],
  {
    env = process.env,
    cwd,
    killAfterMs,
  }: { readonly env?: NodeJS.ProcessEnv; readonly cwd?: string; readonly killAfterMs?: number } = {},
): Promise<CommandResult> {
  const child = spawn(program, args, { env, cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  const killer = killAfterMs === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfterMs);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  }
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  clearTimeout(killer);
  return { code, output };
}
