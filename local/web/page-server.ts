import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { TributaryError, UsageError } from '../../src/errors.ts';
import { HOST } from '../listen.ts';
import type { RuntimeStatus } from '../runtime.ts';
import type { LiveState, RunReport, StepState } from './live-state.ts';
import { PAGE_FOLDER } from './page-files.ts';
import type { FromPage, PageSettings, ToPage } from './page-protocol.ts';

const PROCESS = fileURLToPath(new URL('./page-process.ts', import.meta.url));
const REPORT_MS = 500;
const END_MS = 5_000;
/** Between a page's death and the next: one that dies at once must not keep the machine busy. */
const RESTART_MS = 2_000;

export type PageServer = {
  /** `http://127.0.0.1:8080/` */
  readonly url: string;
  close(): Promise<void>;
};

/**
 * Serves the page and its API in a process of their own, and tells it how the run is. A process that dies is started again
 * on the same port.
 *
 * @param options.log takes what the process prints
 * @throws UsageError where no port can be had
 */
export async function startPageServer(options: {
  readonly settings: Omit<PageSettings, 'folder'>;
  readonly folder?: string;
  readonly status: () => RuntimeStatus;
  readonly simulation: () => LiveState['simulation'];
  readonly log: (chunk: string) => void;
}): Promise<PageServer> {
  const { ports } = options.settings;
  const settings = { ...options.settings, folder: options.folder ?? PAGE_FOLDER };
  let closing = false;
  let child: ChildProcess;
  let restart: NodeJS.Timeout | undefined;

  async function start(onto: readonly number[]): Promise<number> {
    child = fork(PROCESS, [], { stdio: ['ignore', 'pipe', 'pipe', 'ipc'], execArgv: [] });
    for (const output of [child.stdout!, child.stderr!]) output.setEncoding('utf8').on('data', options.log);
    send({ kind: 'begin', settings: { ...settings, ports: onto } });
    const port = await listeningPort(child);
    tell();
    child.once('exit', (code, signal) => {
      if (closing) return;
      options.log(`the page's process ended with ${signal ?? code}: it is started again\n`);
      restart = setTimeout(
        () => void start([port]).catch((error: unknown) => options.log(`${String(error)}\n`)),
        RESTART_MS,
      );
    });
    return port;
  }

  function send(message: ToPage): void {
    // one that is just ending hears nothing more
    if (child.connected) child.send(message, () => undefined);
  }

  function tell(): void {
    send({ kind: 'report', report: reportOf(options.status(), options.simulation()) });
  }

  const port = await start(ports);
  const reports = setInterval(tell, REPORT_MS);
  return {
    url: `http://${HOST}:${port}/`,
    async close() {
      closing = true;
      clearInterval(reports);
      clearTimeout(restart);
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      send({ kind: 'close' });
      const late = setTimeout(() => child.kill('SIGKILL'), END_MS);
      await ended;
      clearTimeout(late);
    },
  };
}

async function listeningPort(child: ChildProcess): Promise<number> {
  const ended = new AbortController();
  const [message] = (await Promise.race([
    once(child, 'message', { signal: ended.signal }),
    once(child, 'exit', { signal: ended.signal }).then(() => []),
  ]).finally(() => ended.abort())) as [FromPage?];
  if (message?.kind === 'listening') return message.port;
  child.kill();
  if (message?.kind === 'refused') throw new UsageError(message.message);
  throw new TributaryError('the page’s process ended before it listened: see page.log beside the other logs');
}

function reportOf(
  { broker, stream, ingest, schedule, dataTests }: RuntimeStatus,
  simulation: LiveState['simulation'],
): RunReport {
  const steps = schedule.last.map((outcome): StepState => {
    const error = outcome.kind === 'failed' ? String(outcome.error) : null;
    return { step: outcome.step, ok: error === null, milliseconds: outcome.milliseconds, error };
  });
  return {
    at: Date.now(),
    broker,
    stream,
    ingest,
    schedule: { running: schedule.running, runs: schedule.runs, steps },
    dataTests,
    simulation,
  };
}
