import { ConnectionLostError } from './transport.ts';

/**
 * What the connections of all transports have in common: publishes that wait for their PUBACK, and the end, which comes once,
 * makes them reject and is heard by those who listen, unless it was asked for.
 */
export type Link = {
  /** why it is lost; undefined while it is not */
  readonly lost: ConnectionLostError | undefined;
  /** publishes under way */
  readonly waiting: number;
  /** Runs a publish; rejects with the loss where that comes first. */
  track(topic: string, publish: () => Promise<unknown>): Promise<void>;
  lose(why: string, cause?: unknown): void;
  /** The end is asked for from here on: nobody hears of it. */
  beginClosing(): void;
  onDisconnect(listener: (error: ConnectionLostError) => void): void;
};

export function createLink(clientId: string): Link {
  const waiting = new Set<(error: ConnectionLostError) => void>();
  const listeners: ((error: ConnectionLostError) => void)[] = [];
  let lost: ConnectionLostError | undefined;
  let closing = false;
  return {
    get lost() {
      return lost;
    },
    get waiting() {
      return waiting.size;
    },
    track(topic, publish) {
      // a client would keep a publish on a dead connection for the next one, which never comes
      if (lost !== undefined) return Promise.reject(lost);
      return new Promise((resolve, reject) => {
        waiting.add(reject);
        publish().then(
          () => {
            waiting.delete(reject);
            resolve();
          },
          (error: unknown) => {
            waiting.delete(reject);
            reject(
              new ConnectionLostError(`publish of ${clientId} to ${topic} failed: ${describeFault(error)}`, {
                cause: error,
              }),
            );
          },
        );
      });
    },
    lose(why, cause) {
      if (lost !== undefined) return;
      lost = new ConnectionLostError(`connection of ${clientId} lost: ${closing ? 'it was closed' : why}`, {
        cause,
      });
      for (const reject of waiting) reject(lost);
      waiting.clear();
      if (!closing) for (const listener of listeners) listener(lost);
    },
    beginClosing() {
      closing = true;
    },
    onDisconnect(listener) {
      if (lost === undefined) listeners.push(listener);
      else if (!closing) listener(lost);
    },
  };
}

/** Node's connection errors are an AggregateError without a message where a name has several addresses. */
export function describeFault(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(describeFault).join('; ');
  return error instanceof Error ? error.message : String(error);
}
