import { PYTHON } from './engines.ts';
import { type ServerProcess, startServer } from './server-process.ts';

const START_TIMEOUT_MS = 60_000;

/** Moto's S3, empty. A check that calls it needs `moto`. */
export function startMoto(): Promise<ServerProcess> {
  return startServer({
    name: 'moto',
    program: PYTHON,
    args: ['-m', 'moto.server', '-H', '127.0.0.1', '-p', '0'],
    findEndpoint: (said) => /http:\/\/127\.0\.0\.1:\d+/.exec(said)?.[0],
    timeoutMs: START_TIMEOUT_MS,
  });
}
