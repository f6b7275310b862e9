import type { Clock, Random } from '../src/clock.ts';
import { TributaryError } from '../src/errors.ts';
import { type Device, type DeviceMessage, startDevice } from './device.ts';
import type { Ledger } from './ledger.ts';
import { createPacer } from './pace.ts';
import type { Tally } from './tally.ts';
import type { DeviceIdentity, Transport } from './transport.ts';

export type PublisherDeps = {
  readonly transport: Transport;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly random: Random;
  readonly tally: Tally;
};

/** The devices of a run, each with a connection of its own. */
export type Publisher = {
  /** Connects a device, where it is not known yet. */
  connect(device: DeviceIdentity): void;
  /** Hands a message to its device, which is connected where it is not known yet, as one without attributes. */
  send(deviceId: string, message: DeviceMessage): void;
  /** messages of this device that are not settled */
  backlog(deviceId: string): number;
  /**
   * Resolves when no more than `outstanding` messages wait to be settled, or `signal` aborts. Rejects after a minute without
   * any acknowledgement, where no device can connect at all, and where the ledger refuses.
   */
  waitFor(outstanding: number, signal?: AbortSignal): Promise<void>;
  /** rejects as soon as the run cannot go on */
  readonly failed: Promise<never>;
  /** Closes every connection, whatever still waits. */
  close(): Promise<void>;
};

const CONNECTS_PER_SECOND = 1000;
const PATIENCE_MS = 60_000;
/** failures in a row of one device, before any device connected, that mean that there is no broker */
const HOPELESS_FAILURES = 4;

export function createPublisher(deps: PublisherDeps): Publisher {
  const { clock, tally, transport } = deps;
  const devices = new Map<string, Device>();
  const waiters = new Set<() => void>();
  const { promise: failed, reject } = Promise.withResolvers<never>();
  // whoever waits hears of it; a run that is not waiting must not die of an unhandled rejection
  failed.catch(() => undefined);
  let outstanding = 0;
  let fault: { readonly error: Error } | undefined;

  function fail(error: unknown): void {
    fault ??= { error: error instanceof Error ? error : new TributaryError(String(error)) };
    reject(fault.error);
    wakeWaiters();
  }

  function wakeWaiters(): void {
    for (const wake of waiters) wake();
  }

  const deviceDeps = {
    ...deps,
    connectDelay: createPacer(CONNECTS_PER_SECOND, clock),
    onConnectFailed(error: unknown, failures: number) {
      if (tally.connections > 0 || failures < HOPELESS_FAILURES) return;
      fail(
        new TributaryError(`${(error as Error).message}; is a broker listening there?`, {
          cause: error,
          retriable: true,
        }),
      );
    },
    onSettled() {
      outstanding--;
      wakeWaiters();
    },
    onLedgerFault: fail,
  };

  function deviceOf(id: string, attributes: DeviceIdentity['attributes'] = {}): Device {
    let device = devices.get(id);
    if (device === undefined) {
      device = startDevice({ id, attributes }, deviceDeps);
      devices.set(id, device);
    }
    return device;
  }

  function waitFor(limit: number, signal?: AbortSignal): Promise<void> {
    const isOver = () => fault !== undefined || outstanding <= limit || signal?.aborted === true;
    return new Promise((resolve, refuse) => {
      const wake = () => {
        if (!isOver()) return;
        clearInterval(patience);
        waiters.delete(wake);
        signal?.removeEventListener('abort', wake);
        if (fault === undefined) resolve();
        else refuse(fault.error);
      };
      let before = tally.acknowledged;
      const patience = setInterval(() => {
        if (tally.acknowledged === before) fail(impatience(transport.endpoint, outstanding));
        before = tally.acknowledged;
      }, PATIENCE_MS);
      waiters.add(wake);
      signal?.addEventListener('abort', wake);
      wake();
    });
  }

  return {
    connect: ({ id, attributes }) => void deviceOf(id, attributes),
    send(deviceId, message) {
      outstanding++;
      deviceOf(deviceId).send(message);
    },
    backlog: (deviceId) => deviceOf(deviceId).backlog,
    waitFor,
    failed,
    async close() {
      await Promise.all(Array.from(devices.values(), (device) => device.close()));
    },
  };
}

function impatience(endpoint: string, outstanding: number): TributaryError {
  const seconds = PATIENCE_MS / 1000;
  return new TributaryError(
    `${endpoint} acknowledged nothing for ${seconds} s, while ${outstanding} messages wait`,
    { retriable: true },
  );
}
