import { TributaryError } from '../src/errors.ts';

/** Who connects: a thing's name, which is the client id, and its attributes. */
export type DeviceIdentity = { readonly id: string; readonly attributes: Readonly<Record<string, string>> };

/** What a device proves by TLS that it is, all in PEM; `authority` is what it trusts the broker by, its system's roots without. */
export type Credentials = {
  readonly certificate: string;
  readonly key: string;
  readonly authority: string | undefined;
};

/** `retain`: the broker keeps it for those who subscribe to the topic later; false unless said. */
export type Publication = {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly retain?: boolean;
};

/**
 * A device's connection to a broker: what a fleet driver needs of an MQTT client. One transmission is one call of
 * `publish`: an implementation never sends a message again on its own, for the ledger has to know of every attempt.
 */
export type DeviceConnection = {
  /** Publishes at QoS 1 and resolves at the PUBACK. Rejects where the connection is lost first; the message may have arrived. */
  publish(message: Publication): Promise<void>;
  /** Calls `listener` once, when the connection ends without `close` having been called. */
  onDisconnect(listener: (error: ConnectionLostError) => void): void;
  /**
   * Breaks the connection off without a word, as when the power fails; `onDisconnect` hears of it. What was published before
   * may have arrived or not; `midway`: half of this message's PUBLISH packet is sent as the last thing.
   *
   * @throws Error where the transport cannot (see `assertDrivable`)
   */
  breakOff(midway?: Publication): void;
  /** Says goodbye and resolves when the connection is gone. Publishes that still wait for their PUBACK reject. */
  close(): Promise<void>;
};

export type Transport = {
  /** where it connects, for messages */
  readonly endpoint: string;
  /** Resolves once the broker has taken the connection of this client. Rejects with what the broker or the network said. */
  connect(device: DeviceIdentity): Promise<DeviceConnection>;
};

/** What every transport is made of. */
export type TransportOptions = {
  /** `mqtt://host:port`, `mqtts://…`, `ws://…` or `wss://…` */
  readonly endpoint: string;
  /** by what a device proves who it is; without, it does not */
  readonly credentialsOf?: ((device: DeviceIdentity) => Promise<Credentials>) | undefined;
};

export class ConnectionLostError extends TributaryError {
  constructor(message: string, options: { readonly cause?: unknown } = {}) {
    super(message, { ...options, retriable: true });
  }
}
