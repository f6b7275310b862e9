import { TributaryError } from '../src/errors.ts';
import { type Environment, startEnvironment } from './function-environment.ts';

export { FunctionError } from './function-environment.ts';

export type FunctionOptions = {
  readonly name: string;
  /** a module that exports `handler(event, context)`, TypeScript or JavaScript */
  readonly module: URL;
  /** a module that is loaded before it, in every environment */
  readonly preload?: URL;
  /** the whole environment of the function */
  readonly env: Readonly<Record<string, string>>;
  /** how many environments there may be at once */
  readonly size: number;
  readonly timeoutMs: number;
  /** of JavaScript heap, per environment */
  readonly memoryMb: number;
  /** takes what the function prints, and a line about each invocation */
  readonly log: (chunk: string) => void;
};

export type LocalFunction = {
  readonly name: string;
  readonly arn: string;
  /** Resolves when one environment is ready, rejects with a FunctionError that says why the module does not load. */
  warm(): Promise<void>;
  /** The function's answer, through JSON as in Lambda. Rejects with a FunctionError. Waits while all environments are busy. */
  invoke(event: unknown): Promise<unknown>;
  /** Ends all environments at once; what runs or waits is rejected. */
  close(): Promise<void>;
};

/**
 * A Lambda function on this machine: each environment is a worker thread of its own that serves one invocation at a
 * time. One that crashes or runs out of time is replaced; nothing of it is used again.
 */
export function startFunction(options: FunctionOptions): LocalFunction {
  const { name, log } = options;
  const arn = `arn:tributary:lambda:local:0:function:${name}`;
  const idle: Environment[] = [];
  const all = new Set<Environment>();
  let waiting: {
    readonly resolve: (environment: Environment) => void;
    readonly reject: (error: Error) => void;
  }[] = [];
  let closed = false;

  function start(): Environment {
    const environment = startEnvironment({
      settings: {
        module: options.module.href,
        preload: options.preload?.href,
        functionName: name,
        functionArn: arn,
        memoryMb: options.memoryMb,
      },
      env: {
        ...options.env,
        AWS_LAMBDA_FUNCTION_NAME: name,
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(options.memoryMb),
      },
      timeoutMs: options.timeoutMs,
      log,
    });
    all.add(environment);
    return environment;
  }

  function acquire(): Promise<Environment> {
    if (closed) return Promise.reject(new TributaryError(`function ${name} is closed`));
    for (let environment = idle.pop(); environment !== undefined; environment = idle.pop()) {
      if (environment.alive()) return Promise.resolve(environment);
      all.delete(environment);
    }
    if (all.size < options.size) return Promise.resolve(start());
    return new Promise((resolve, reject) => waiting.push({ resolve, reject }));
  }

  function release(environment: Environment): void {
    let next = environment;
    if (!environment.alive()) {
      all.delete(environment);
      if (waiting.length === 0 || closed) return;
      next = start();
    }
    const first = waiting.shift();
    if (first === undefined) idle.push(next);
    else first.resolve(next);
  }

  return {
    name,
    arn,
    async warm() {
      const environment = await acquire();
      try {
        await environment.ready;
      } finally {
        release(environment);
      }
    },
    async invoke(event) {
      const environment = await acquire();
      try {
        return await environment.invoke(event);
      } finally {
        release(environment);
      }
    },
    async close() {
      closed = true;
      for (const { reject } of waiting) reject(new TributaryError(`function ${name} was closed`));
      waiting = [];
      await Promise.all(Array.from(all, (environment) => environment.terminate()));
    },
  };
}
