import { setTimeout as sleep } from 'node:timers/promises';
import { createPrefixes } from '../../device-sim/basic-ingest.ts';
import { openTransport } from '../../device-sim/drivers.ts';
import { digestPayload, type Ledger } from '../../device-sim/ledger.ts';
import { createPublisher } from '../../device-sim/publisher.ts';
import { createRandom } from '../../device-sim/random.ts';
import { createTally } from '../../device-sim/tally.ts';
import type { MeasuringDevice } from '../../device-sim/simulated-device.ts';
import type { Credentials, DeviceConnection, DeviceIdentity, Transport } from '../../device-sim/transport.ts';
import type { IotRule } from '../../src/fleet/index.ts';

/** A payload that the device published, and what became of it. Times in milliseconds, by this machine's clock. */
export type SentMessage = {
  /** as the table's template has it */
  readonly topic: string;
  /** the same behind the prefix of Basic Ingest, which a broker may leave in what it hands on */
  readonly publishedTo: string;
  readonly payload: Uint8Array;
  /** of the first attempt */
  readonly sentAt: number;
  readonly acknowledgedAt: number | undefined;
  readonly attempts: number;
  readonly acknowledgements: number;
};

type Published = Pick<SentMessage, 'topic' | 'publishedTo' | 'payload'>;

export type PublishRequest = {
  readonly device: MeasuringDevice;
  readonly endpoint: string;
  readonly credentials: Credentials;
  readonly rules: readonly IotRule[];
  /** messages */
  readonly count: number;
  readonly seed: number;
  readonly ledger: Ledger;
  readonly signal: AbortSignal;
};

/** Between two messages: devices say when they measured in milliseconds, and no two may be the same. */
const INTERVAL_MS = 50;

/**
 * Has the device publish so many messages, each attempt in the ledger before it is sent, and waits for their
 * acknowledgements. Rejects with the signal's reason, and where the broker does not take the device.
 */
export async function publishReadings(request: PublishRequest): Promise<readonly SentMessage[]> {
  const { device, count, ledger, signal, rules } = request;
  const acknowledged = new Map<string, number>();
  const publisher = createPublisher({
    transport: await openTimedTransport(request, acknowledged),
    ledger,
    clock: Date.now,
    random: createRandom(request.seed, 'backoff'),
    tally: createTally(),
  });
  const prefixOf = createPrefixes(rules);
  const messages = new Map<string, Published>();
  try {
    publisher.connect(device);
    for (let sent = 0; sent < count;) {
      for (const { table, message } of device.measure(Date.now()).slice(0, count - sent)) {
        const { topic, payload } = message;
        const publishedTo = `${prefixOf(table)}${topic}`;
        messages.set(keyOf(publishedTo, digestPayload(payload)), { topic, publishedTo, payload });
        publisher.send(device.id, { topic: publishedTo, payload });
        sent++;
      }
      await Promise.race([sleep(INTERVAL_MS, undefined, { signal }), publisher.failed]);
    }
    await publisher.waitFor(0, signal);
    signal.throwIfAborted();
  } finally {
    await publisher.close();
  }
  return readLedger(ledger, messages, acknowledged);
}

/** How long a broker may need to hear of a certificate that was just made, and how often it is tried meanwhile. */
const NEWS_MS = 20_000;
const TRY_AGAIN_MS = 500;
/** What says that no broker is there, rather than that it does not know the device. */
const NOBODY_THERE = new Set(['ENOTFOUND', 'EAI_AGAIN', 'ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH']);

/** Connects; a broker that turns the device down is asked again for a while. */
async function connectPatiently(
  transport: Transport,
  device: DeviceIdentity,
  signal: AbortSignal,
): Promise<DeviceConnection> {
  const deadline = Date.now() + NEWS_MS;
  for (;;) {
    try {
      return await transport.connect(device);
    } catch (error) {
      const { code } = ((error as Error).cause ?? {}) as NodeJS.ErrnoException;
      if (NOBODY_THERE.has(code ?? '') || Date.now() >= deadline || signal.aborted) throw error;
      await sleep(TRY_AGAIN_MS, undefined, { signal });
    }
  }
}

/** A transport that remembers when each message was acknowledged for the first time. */
async function openTimedTransport(
  { endpoint, credentials, signal }: PublishRequest,
  acknowledged: Map<string, number>,
): Promise<Transport> {
  const transport = await openTransport('mqttjs', {
    endpoint,
    credentialsOf: () => Promise.resolve(credentials),
  });
  return {
    ...transport,
    async connect(device) {
      const connection = await connectPatiently(transport, device, signal);
      return {
        ...connection,
        async publish(message) {
          await connection.publish(message);
          const key = keyOf(message.topic, digestPayload(message.payload));
          if (!acknowledged.has(key)) acknowledged.set(key, Date.now());
        },
      };
    },
  };
}

function keyOf(topic: string, digest: Uint8Array): string {
  return `${topic} ${Buffer.from(digest).toString('hex')}`;
}

function readLedger(
  ledger: Ledger,
  messages: ReadonlyMap<string, Published>,
  acknowledged: ReadonlyMap<string, number>,
): SentMessage[] {
  const sent = new Map<string, SentMessage>();
  for (const { topic, digest, at, acknowledged: isAcknowledged } of ledger.entries()) {
    const key = keyOf(topic, digest);
    const before = sent.get(key);
    sent.set(key, {
      ...messages.get(key)!,
      sentAt: before?.sentAt ?? at,
      acknowledgedAt: acknowledged.get(key),
      attempts: (before?.attempts ?? 0) + 1,
      acknowledgements: (before?.acknowledgements ?? 0) + (isAcknowledged ? 1 : 0),
    });
  }
  return Array.from(sent.values());
}
