import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ENVIRONMENT } from '../src/environment.ts';
import { FLEETS_VARIABLE } from './environment-protocol.ts';
import { type LocalFunction, startFunction } from './function-worker.ts';
import { openLogFile } from './log-file.ts';

/** What the cloud stacks deploy, here with the settings that suit one machine. */
const FUNCTIONS = {
  ingest: { timeoutMs: 5 * 60_000, memoryMb: 1769, parallel: true },
  rollup: { timeoutMs: 15 * 60_000, memoryMb: 1769, parallel: false },
  checkpoint: { timeoutMs: 5 * 60_000, memoryMb: 1769, parallel: false },
  'test-data': { timeoutMs: 15 * 60_000, memoryMb: 1769, parallel: false },
  optimize: { timeoutMs: 15 * 60_000, memoryMb: 1769, parallel: false },
  vacuum: { timeoutMs: 15 * 60_000, memoryMb: 1769, parallel: false },
  recover: { timeoutMs: 15 * 60_000, memoryMb: 1769, parallel: false },
} as const;

type FunctionName = keyof typeof FUNCTIONS;
export type Functions = Readonly<Record<FunctionName, LocalFunction>> & { close(): Promise<void> };

/** What a function may see of this process's own environment: where programs, homes and temporary files are, and its limits. */
const INHERITED = [
  'PATH',
  'HOME',
  'USERPROFILE',
  'TMPDIR',
  'TEMP',
  'TMP',
  'SystemRoot',
  ENVIRONMENT.rollupRows,
];

/**
 * Starts the functions of `lambdas/` over the lake in a folder. What they print goes to `<logs>/<name>.log`.
 *
 * @param shards no more ingest environments than these are ever busy
 */
export function startFunctions(options: {
  readonly lake: string;
  /** what the keys of given-up batches are relative to */
  readonly givenUp: string;
  readonly logs: string;
  /** as given with `--fleets`; undefined: the shipped fleets */
  readonly fleetSources: readonly string[];
  readonly shards: number;
}): Functions {
  const env = {
    ...Object.fromEntries(
      INHERITED.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
    ),
    [ENVIRONMENT.lakeUrl]: pathToFileURL(options.lake).href,
    [ENVIRONMENT.givenUpUrl]: pathToFileURL(options.givenUp).href,
    // nobody collects them here
    POWERTOOLS_METRICS_DISABLED: 'true',
    ...(options.fleetSources.length > 0 && { [FLEETS_VARIABLE]: JSON.stringify(options.fleetSources) }),
  };
  const logs = new Map<FunctionName, ReturnType<typeof openLogFile>>();

  function start(name: FunctionName): LocalFunction {
    const { parallel, ...limits } = FUNCTIONS[name];
    const log = openLogFile(join(options.logs, `${name}.log`));
    logs.set(name, log);
    return startFunction({
      name,
      module: new URL(`../lambdas/${name}/handler.ts`, import.meta.url),
      preload: new URL('./function-preload.ts', import.meta.url),
      env,
      size: parallel ? Math.min(options.shards, availableParallelism()) : 1,
      ...limits,
      log: (chunk) => log.write(chunk),
    });
  }

  const functions = {
    ingest: start('ingest'),
    rollup: start('rollup'),
    checkpoint: start('checkpoint'),
    'test-data': start('test-data'),
    optimize: start('optimize'),
    vacuum: start('vacuum'),
    recover: start('recover'),
  };
  return {
    ...functions,
    async close() {
      await Promise.all(Object.values(functions).map((each) => each.close()));
      for (const log of logs.values()) log.close();
    },
  };
}
