import type { DuckDBConnection } from '@duckdb/node-api';

/** An interrupt that comes before the engine has begun is forgotten by it: it is repeated until the work has ended. */
const AGAIN_MS = 50;

/** Does the work, and ends what the connection runs once the signal aborts. Rejects as the work does then. */
export async function interruptible<T>(
  connection: DuckDBConnection,
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  let again: NodeJS.Timeout | undefined;
  const interrupt = () => {
    connection.interrupt();
    again = setInterval(() => connection.interrupt(), AGAIN_MS);
  };
  signal?.addEventListener('abort', interrupt, { once: true });
  try {
    return await work();
  } finally {
    clearInterval(again);
    signal?.removeEventListener('abort', interrupt);
  }
}
