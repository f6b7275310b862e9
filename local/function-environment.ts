import { randomUUID } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import { TributaryError } from '../src/errors.ts';
import type {
  EnvironmentMessage,
  EnvironmentSettings,
  ErrorReport,
  InvokeMessage,
} from './environment-protocol.ts';

/** A function that failed: threw, timed out, crashed or could not be loaded. `errorType` is what Lambda calls it. */
export class FunctionError extends TributaryError {
  readonly errorType: string;
  readonly stackTrace: readonly string[];

  constructor(functionName: string, report: ErrorReport) {
    super(`function ${functionName} failed: ${report.errorType}: ${report.errorMessage}`);
    this.errorType = report.errorType;
    this.stackTrace = report.stackTrace;
  }
}

export type EnvironmentOptions = {
  readonly settings: EnvironmentSettings;
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** takes what the function prints */
  readonly log: (chunk: string) => void;
};

/** One warm place to run a function in. */
export type Environment = {
  /** Resolves when the module is loaded, rejects with a FunctionError. */
  readonly ready: Promise<void>;
  /** False from the moment it cannot take a further invocation. */
  alive(): boolean;
  invoke(event: unknown): Promise<unknown>;
  terminate(): Promise<void>;
};

/** Loading on a busy machine may take long, but not for ever. */
const INIT_TIMEOUT_MS = 120_000;

type Waiter = { readonly settle: (outcome: Outcome) => void; readonly requestId: string };
type Outcome =
  | { readonly kind: 'succeeded'; readonly result: string }
  | { readonly kind: 'failed'; readonly error: ErrorReport };

export function startEnvironment({ settings, env, timeoutMs, log }: EnvironmentOptions): Environment {
  const worker = new Worker(new URL('./execution-environment.ts', import.meta.url), {
    workerData: settings,
    env: { ...env },
    // neither the parent's flags nor its warnings: node:sqlite and type stripping are what we chose
    execArgv: ['--disable-warning=ExperimentalWarning'],
    resourceLimits: { maxOldGenerationSizeMb: settings.memoryMb },
    stdout: true,
    stderr: true,
  });
  for (const stream of [worker.stdout, worker.stderr]) stream.setEncoding('utf8').on('data', log);

  const loaded = Promise.withResolvers<void>();
  loaded.promise.catch(() => undefined); // heard of by whoever invokes; an environment started ahead may have nobody
  let waiter: Waiter | undefined;
  let died: ErrorReport | undefined;
  const init = setTimeout(() => die(timedOut('init', INIT_TIMEOUT_MS)), INIT_TIMEOUT_MS);

  worker.on('message', (message: EnvironmentMessage) => {
    switch (message.kind) {
      case 'ready':
        clearTimeout(init);
        loaded.resolve();
        break;
      case 'init-failed':
        die(message.error);
        break;
      case 'succeeded':
      case 'failed':
        settle(message);
        break;
    }
  });
  worker.on('error', (error: Error & { readonly code?: string }) => {
    const outOfMemory = error.code === 'ERR_WORKER_OUT_OF_MEMORY';
    log(`${error.stack ?? String(error)}\n`);
    const why = outOfMemory
      ? `signal: killed (out of memory: ${settings.memoryMb} MB)`
      : `exit status 1 (${String(error)})`;
    die(exited(`Runtime exited with error: ${why}`));
  });
  worker.on('exit', (code) => {
    die(
      exited(
        code === 0
          ? 'Runtime exited without providing a reason'
          : `Runtime exited with error: exit status ${code}`,
      ),
    );
  });

  function settle(outcome: Outcome): void {
    const settled = waiter;
    waiter = undefined;
    settled?.settle(outcome);
  }

  /** The first reason counts: what follows from ending the thread is not why it ended. */
  function die(error: ErrorReport): void {
    if (died !== undefined) return;
    died = error;
    clearTimeout(init);
    loaded.reject(new FunctionError(settings.functionName, error));
    settle({ kind: 'failed', error });
    void worker.terminate();
  }

  function exited(what: string): ErrorReport {
    const request = waiter === undefined ? '' : `RequestId: ${waiter.requestId} Error: `;
    return { errorType: 'Runtime.ExitError', errorMessage: request + what, stackTrace: [] };
  }

  function timedOut(requestId: string, limit: number): ErrorReport {
    const seconds = (limit / 1000).toFixed(2);
    return {
      errorType: 'Sandbox.Timedout',
      errorMessage: `RequestId: ${requestId} Error: Task timed out after ${seconds} seconds`,
      stackTrace: [],
    };
  }

  return {
    ready: loaded.promise,
    alive: () => died === undefined,
    async invoke(event) {
      await loaded.promise;
      const requestId = randomUUID();
      const payload = JSON.stringify(event);
      const started = performance.now();
      const outcome = await new Promise<Outcome>((resolve) => {
        if (died !== undefined) {
          resolve({ kind: 'failed', error: died });
          return;
        }
        const timer = setTimeout(() => die(timedOut(requestId, timeoutMs)), timeoutMs);
        waiter = {
          requestId,
          settle(settled) {
            clearTimeout(timer);
            resolve(settled);
          },
        };
        worker.postMessage({ requestId, payload, deadline: Date.now() + timeoutMs } satisfies InvokeMessage);
      });
      log(reportLine(requestId, outcome, performance.now() - started));
      if (outcome.kind === 'failed') throw new FunctionError(settings.functionName, outcome.error);
      return JSON.parse(outcome.result) as unknown;
    },
    async terminate() {
      die({ errorType: 'Runtime.ExitError', errorMessage: 'the environment was closed', stackTrace: [] });
      await worker.terminate();
    },
  };
}

/** Lambda's own line about an invocation, in its JSON log format. */
function reportLine(requestId: string, outcome: Outcome, durationMs: number): string {
  const record = {
    requestId,
    status: outcome.kind === 'succeeded' ? 'success' : 'error',
    ...(outcome.kind === 'failed' && { ...outcome.error }),
    metrics: { durationMs: Math.round(durationMs * 100) / 100 },
  };
  return `${JSON.stringify({ time: new Date().toISOString(), type: 'platform.report', record })}\n`;
}
