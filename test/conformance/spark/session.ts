import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { DELTA_JARS, findSparkJava, SPARK_PYTHON } from './installation.ts';

const SCRIPT = fileURLToPath(new URL('./session.py', import.meta.url));
const COMPLAINTS = 8_000;

export type Ask =
  | { readonly do: 'sql'; readonly sql: string }
  | { readonly do: 'dump'; readonly table: string; readonly out: string };

type Answer = { readonly ok?: unknown; readonly error?: string };

/** One session of Spark: it answers one ask after the other. */
export type SparkSession = {
  /** @throws Error with what Spark objects to */
  readonly ask: (ask: Ask) => Promise<unknown>;
  readonly stop: () => Promise<void>;
};

/** Starts Spark with Delta, one core and 1 GB. */
export async function startSpark(): Promise<SparkSession> {
  const scratch = await mkdtemp(join(tmpdir(), 'tributary-spark-'));
  const { home } = await findSparkJava();
  const child = spawn(SPARK_PYTHON, [SCRIPT, DELTA_JARS.join(','), scratch], {
    env: { ...process.env, JAVA_HOME: home, SPARK_LOCAL_IP: '127.0.0.1' },
    cwd: scratch,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  const ended = new Promise<void>((resolve) => {
    child.once('error', () => resolve());
    child.once('close', () => resolve());
  });
  let complaints = '';
  child.stderr
    .setEncoding('utf8')
    .on('data', (text: string) => (complaints = (complaints + text).slice(-COMPLAINTS)));
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const answer = async (): Promise<unknown> => {
    const line = await lines.next();
    if (line.done === true) throw new Error(`Spark ended: ${complaints.trim()}`);
    const { ok, error } = JSON.parse(line.value) as Answer;
    if (error !== undefined) throw new Error(`Spark: ${error}`);
    return ok;
  };
  await answer();
  return {
    ask(ask) {
      child.stdin.write(`${JSON.stringify(ask)}\n`);
      return answer();
    },
    async stop() {
      child.stdin.end();
      await ended;
      process.off('exit', kill);
      await rm(scratch, { recursive: true, force: true });
    },
  };
}
