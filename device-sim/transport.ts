import { TributaryError } from '../src/errors.ts';

/**
 * A device's connection to a broker: what a fleet driver needs of an MQTT client. One transmission is one call of
 * `publish`: an implementation never sends a message again on its own, for the ledger has to know of every attempt.
 */
export type DeviceConnection = {
  /** Publishes at QoS 1 and resolves at the PUBACK. Rejects where the connection is lost first; the message may have arrived. */
  publish(topic: string, payload: Uint8Array): Promise<void>;
  /** Calls `listener` once, when the connection ends without `close` having been called. */
  onDisconnect(listener: (error: ConnectionLostError) => void): void;
  /**
   * Breaks the connection off without a word, as when the power fails; `onDisconnect` hears of it. What was published before
   * may have arrived or not; `midway`: half of this message's PUBLISH packet is sent as the last thing.
   */
  breakOff(midway?: { readonly topic: string; readonly payload: Uint8Array }): void;
  /** Says goodbye and resolves when the connection is gone. Publishes that still wait for their PUBACK reject. */
  close(): Promise<void>;
};

export type Transport = {
  /** where it connects, for messages */
  readonly endpoint: string;
  /** Resolves once the broker has taken the connection of this client. Rejects with what the broker or the network said. */
  connect(clientId: string): Promise<DeviceConnection>;
};

export class ConnectionLostError extends TributaryError {
  constructor(message: string, options: { readonly cause?: unknown } = {}) {
    super(message, { ...options, retriable: true });
  }
}
