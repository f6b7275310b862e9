import { EXIT } from './output.ts';

/** Ctrl-C and SIGTERM ask to come to an end; the second one does not ask. */
export function abortOnSignals(): { readonly signal: AbortSignal; readonly dispose: () => void } {
  const controller = new AbortController();
  const onSignal = (name: NodeJS.Signals) => {
    if (controller.signal.aborted) process.exit(name === 'SIGINT' ? 130 : 143);
    controller.abort();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return {
    signal: controller.signal,
    dispose() {
      process.off('SIGINT', onSignal);
      process.off('SIGTERM', onSignal);
    },
  };
}

/** Does what Ctrl-C may end, with a signal that it aborts; it is said in one line then, and the exit code is a shell's. */
export async function untilInterrupted(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const { signal, dispose } = abortOnSignals();
  try {
    await work(signal);
  } catch (error) {
    if (!signal.aborted || error !== signal.reason) throw error;
    process.stderr.write('tributary: stopped\n');
    process.exitCode = EXIT.interrupted;
  } finally {
    dispose();
  }
}
