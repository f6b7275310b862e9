import type { Clock, Random } from '../src/clock.ts';
import { digestPayload, type Ledger } from './ledger.ts';
import { backoff } from './pace.ts';
import type { Tally } from './tally.ts';
import type { DeviceConnection, DeviceIdentity, Publication, Transport } from './transport.ts';

/**
 * How a connection is broken off on purpose: in the middle of the message's packet, or after it, while its acknowledgement
 * is under way.
 */
export type BreakOff = 'mid-publish' | 'unacknowledged';

export type DeviceMessage = Publication & {
  /** what happens to the connection as the message is sent for the first time */
  readonly breakOff?: BreakOff;
};

export type DeviceDeps = {
  readonly transport: Transport;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly random: Random;
  readonly tally: Tally;
  /** takes a slot for opening a connection: milliseconds until it comes */
  readonly connectDelay: () => number;
  readonly onConnectFailed: (error: unknown, failures: number) => void;
  /** a message was acknowledged or given up */
  readonly onSettled: () => void;
  /** the ledger refused: nothing may be sent any more */
  readonly onLedgerFault: (error: unknown) => void;
};

/** One device: its connection, and its messages in order. */
export type Device = {
  /** messages that are neither acknowledged nor given up */
  readonly backlog: number;
  send(message: DeviceMessage): void;
  /** Closes the connection, whatever still waits. */
  close(): Promise<void>;
};

/** Messages of one connection that may wait for their PUBACK at a time; AWS IoT Core allows 100. */
const WINDOW = 64;
/** How often a connection may break with the same message first in line before that message is taken for the cause. */
const MAX_FAILURES = 5;

type Entry = Publication & {
  readonly digest: Uint8Array;
  breakOff: BreakOff | undefined;
  acknowledged: boolean;
  failures: number;
};

/**
 * Keeps a device connected and sends its messages in order. After a lost connection all that was not acknowledged is sent
 * again, each transmission as an attempt of its own; one at a time until the first acknowledgement, so that a message that
 * the broker answers by hanging up shows itself.
 */
export function startDevice(identity: DeviceIdentity, deps: DeviceDeps): Device {
  const { transport, ledger, clock, tally } = deps;
  const queue: Entry[] = [];
  let connection: DeviceConnection | undefined;
  /** entries at the head of the queue that are under way on the present connection */
  let inFlight = 0;
  let window = WINDOW;
  /** failures in a row, to connect or to get anything acknowledged */
  let failures = 0;
  /** the connection ends because it was broken off on purpose: no message is the cause */
  let brokenOff = false;
  let closing = false;
  /** ends whatever the device waits for: a pause, or the end of its connection */
  let interrupt = () => {};

  function pump(): void {
    while (connection !== undefined && inFlight < Math.min(window, queue.length)) {
      void transmit(queue[inFlight++]!, connection);
    }
  }

  async function transmit(entry: Entry, on: DeviceConnection): Promise<void> {
    let attempt: number;
    try {
      attempt = await ledger.attempt(entry.topic, entry.digest, clock());
    } catch (error) {
      deps.onLedgerFault(error);
      return;
    }
    // lost while the ledger wrote: the entry waits for the next connection already
    if (connection !== on) return;
    tally.attempts++;
    try {
      await publish(entry, on);
    } catch {
      tally.publishErrors++;
      // still connected after a failed publish, only a new connection keeps the order
      if (connection === on) interrupt();
      return;
    }
    ledger.acknowledge(attempt);
    settle(entry);
  }

  function publish(entry: Entry, on: DeviceConnection): Promise<void> {
    const { breakOff } = entry;
    entry.breakOff = undefined;
    if (breakOff === 'mid-publish') {
      brokenOff = true;
      on.breakOff(entry);
    }
    // rejects where the connection was just broken off
    const published = on.publish(entry);
    if (breakOff === 'unacknowledged') {
      brokenOff = true;
      // once the bytes had time to leave
      setImmediate(() => on.breakOff());
    }
    return published;
  }

  function settle(entry: Entry): void {
    entry.acknowledged = true;
    tally.acknowledged++;
    tally.bytes += entry.payload.length;
    failures = 0;
    window = WINDOW;
    while (queue[0]?.acknowledged === true) settleAt(0);
    pump();
  }

  function settleAt(index: number): void {
    queue.splice(index, 1);
    if (index < inFlight) inFlight--;
    deps.onSettled();
  }

  function lose(): void {
    connection = undefined;
    failures++;
    const suspect = inFlight > 0 && !brokenOff ? queue[0] : undefined;
    brokenOff = false;
    // acknowledged out of order: settled, though not first in line
    for (let i = inFlight - 1; i > 0; i--) if (queue[i]!.acknowledged) settleAt(i);
    inFlight = 0;
    window = 1;
    if (suspect !== undefined && ++suspect.failures === MAX_FAILURES) {
      tally.abandoned++;
      settleAt(0);
    }
  }

  async function serve(): Promise<void> {
    let connectedBefore = false;
    await pause(deps.connectDelay());
    while (!closing) {
      try {
        const opened = await transport.connect(identity);
        tally.connections++;
        if (!connectedBefore) tally.devices++;
        connectedBefore = true;
        await useConnection(opened);
      } catch (error) {
        deps.onConnectFailed(error, ++failures);
      }
      if (!closing) await pause(backoff(failures, deps.random));
      if (!closing) await pause(deps.connectDelay());
    }
  }

  /** Resolves when the connection is gone: lost, or given up by `interrupt`. */
  async function useConnection(opened: DeviceConnection): Promise<void> {
    if (closing) return opened.close();
    const lost = await new Promise<boolean>((resolve) => {
      const end = (isLost: boolean) => {
        if (!closing) {
          tally.connectionsLost++;
          lose();
        }
        connection = undefined;
        resolve(isLost);
      };
      interrupt = () => end(false);
      opened.onDisconnect(() => end(true));
      connection = opened;
      pump();
    });
    if (!lost) await opened.close();
  }

  function pause(milliseconds: number): Promise<void> {
    if (milliseconds < 1) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      interrupt = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  const served = serve();
  return {
    get backlog() {
      return queue.length;
    },
    send({ breakOff, ...message }) {
      const digest = digestPayload(message.payload);
      queue.push({ ...message, digest, breakOff, acknowledged: false, failures: 0 });
      tally.messages++;
      pump();
    },
    close() {
      closing = true;
      interrupt();
      return served;
    },
  };
}
