import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** A server of this run's own: where it listens, and its end, which is waited for. */
export type ServerProcess = { readonly endpoint: string; readonly stop: () => Promise<void> };

export type ServerCommand = {
  /** for messages */
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** where it listens, once it does; asked again and again, with the end of what it said so far */
  readonly findEndpoint: (said: string) => string | undefined | Promise<string | undefined>;
  readonly timeoutMs: number;
};

const LOOK_AGAIN_MS = 100;
const END_MS = 10_000;
const SAID = 8_000;

/**
 * Starts a server and waits until it listens. It does not outlive this process.
 * @throws Error with what it said, where it ends first or takes too long
 */
export async function startServer(command: ServerCommand): Promise<ServerProcess> {
  const { name, program, args, env = process.env, cwd, findEndpoint, timeoutMs } = command;
  const child = spawn(program, args, { env, cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    // read on to the end: a full pipe would stop the server
    stream.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-SAID)));
  }
  let ended: string | undefined;
  const end = new Promise<void>((resolve) => {
    child.once('error', (error) => ((ended = error.message), resolve()));
    child.once('close', (code, signal) => ((ended = `it ended with ${code ?? signal}`), resolve()));
  });
  const stop = async () => {
    child.kill('SIGTERM');
    const killer = setTimeout(kill, END_MS);
    await end;
    clearTimeout(killer);
    process.off('exit', kill);
  };
  const deadline = performance.now() + timeoutMs;
  while (ended === undefined && performance.now() < deadline) {
    const endpoint = await findEndpoint(said);
    if (endpoint !== undefined && ended === undefined) return { endpoint, stop };
    await sleep(LOOK_AGAIN_MS);
  }
  const why = ended ?? `it does not listen after ${timeoutMs / 1_000} s`;
  await stop();
  throw new Error(`${name} does not start: ${why}: ${said.trim()}`);
}

/** Whether a server answers a GET of `url` with a success. */
export async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok;
  } catch {
    // not yet: whoever asks gives up by the clock
    return false;
  }
}

/** A port of 127.0.0.1 that nobody listens at, for servers that cannot choose one themselves. */
export async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve, reject) => server.once('listening', resolve).once('error', reject));
  const { port } = server.address() as { readonly port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
