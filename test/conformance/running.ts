import { type SparkSession, startSpark } from './spark/session.ts';
import type { ServerProcess } from './server-process.ts';
import { startTrino } from './trino/server.ts';

type Engine = { readonly stop: () => Promise<void> };

/** Engines whose start costs more than their work: the first check that needs one starts it, the end of the run ends it. */
const running: Promise<Engine>[] = [];

function once<T extends Engine>(start: () => Promise<T>): () => Promise<T> {
  let engine: Promise<T> | undefined;
  return () => {
    if (engine === undefined) running.push((engine = start()));
    return engine;
  };
}

export const useSpark: () => Promise<SparkSession> = once(startSpark);
export const useTrino: () => Promise<ServerProcess> = once(startTrino);

/** Ends what was started, and what failed to start has ended itself. */
export async function stopEngines(): Promise<void> {
  for (const result of await Promise.allSettled(running.splice(0))) {
    if (result.status === 'fulfilled') await result.value.stop();
  }
}
