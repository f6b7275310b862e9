import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const RACER = fileURLToPath(new URL('./racer.ts', import.meta.url));

/**
 * Lets so many processes append to one table at once, each `commits` times, from the moment when all are ready.
 * @param env how they reach the store
 * @returns races lost, all writers together, and how long it took
 * @throws Error with what a writer said that failed
 */
export async function runRace(
  location: string,
  { writers, commits, env }: { readonly writers: number; readonly commits: number; env: NodeJS.ProcessEnv },
): Promise<{ readonly lost: number; readonly seconds: number }> {
  const racers = Array.from({ length: writers }, (_, writer) => startRacer(location, writer, commits, env));
  try {
    await Promise.all(racers.map(({ ready }) => ready));
    const began = performance.now();
    for (const { go } of racers) go();
    const lost = await Promise.all(racers.map(({ lost }) => lost));
    return { lost: lost.reduce((sum, n) => sum + n, 0), seconds: (performance.now() - began) / 1_000 };
  } finally {
    for (const { kill } of racers) kill();
  }
}

function startRacer(location: string, writer: number, commits: number, env: NodeJS.ProcessEnv) {
  const child = spawn(process.execPath, [RACER, location, String(writer), String(commits)], { env });
  let said = '';
  let complained = '';
  let isReady: () => void;
  const ready = new Promise<void>((resolve) => (isReady = resolve));
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
    if (said.startsWith('ready\n')) isReady();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complained += text));
  const lost = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve(Number(said.slice('ready\n'.length)));
      else reject(new Error(`writer ${writer} ended with ${code}: ${complained.trim()}`));
    });
  });
  return {
    // a writer that dies before it is ready must not keep the others waiting
    ready: Promise.race([ready, lost.then(() => undefined)]),
    lost,
    go: () => void child.stdin.end(),
    kill: () => child.kill('SIGKILL'),
  };
}
