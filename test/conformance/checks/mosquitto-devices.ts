import { join } from 'node:path';
import mqtt, { type MqttClient } from 'mqtt';
import { type Driver, DRIVERS } from '../../../device-sim/drivers.ts';
import { digestPayload, type Ledger, openLedger } from '../../../device-sim/ledger.ts';
import { runSimulation } from '../../../device-sim/run.ts';
import { vehicles } from '../../../fleets/vehicles.ts';
import { openSimulatedCredentials } from '../../../local/certificates/simulated-credentials.ts';
import type { Check } from '../check.ts';
import { type Mosquitto, startMosquitto } from '../mosquitto.ts';

const DEVICES = 20;
const RATE = 400;
const RUN_MS = 4_000;
const RESTART_AFTER_MS = 1_500;
const ARRIVAL_MS = 10_000;

/** Every driver against another broker, which knows the devices by our certificates: AWS's SDK in MQTT 5 among them. */
export const mosquittoDevices: readonly Check[] = DRIVERS.map((driver) => ({
  name: `devices by ${driver} publish to Mosquitto, each by its own certificate`,
  needs: ['mosquitto'],
  run: () => publishTo(driver),
}));

async function publishTo(driver: Driver): Promise<void> {
  await using parts = new AsyncDisposableStack();
  const broker = parts.adopt(await startMosquitto(), (each) => each.close());
  const source = parts.adopt(await openSimulatedCredentials(broker.certificates), (each) => each.close());
  const ledger = parts.adopt(openLedger(join(broker.certificates, 'ledger.db')), (each) => each.close());
  const received = new Map<string, number>();
  const observer = await observe(broker, source, received);
  parts.defer(() => observer.endAsync(true));
  const simulate = (seed: number) =>
    runSimulation({
      fleets: [vehicles],
      endpoint: broker.endpoint,
      driver,
      credentialsOf: source.credentialsOf,
      devices: DEVICES,
      rate: RATE,
      forMs: RUN_MS,
      seed,
      ledger,
      clock: Date.now,
    });

  const calm = await simulate(1);
  if (calm.acknowledged < RATE || calm.acknowledged !== calm.messages || calm.publishErrors > 0)
    throw new Error(`an undisturbed run came to ${JSON.stringify(calm)}`);
  const isThere = () =>
    Array.from(acknowledgedIn(ledger)).every(([key, count]) => (received.get(key) ?? 0) >= count);
  for (const deadline = Date.now() + ARRIVAL_MS; !isThere() && Date.now() < deadline;)
    await new Promise((resolve) => setTimeout(resolve, 50));
  if (!isThere()) throw new Error('the broker acknowledged messages that nobody received');

  // what was under way is sent again, by us and as attempts of its own
  setTimeout(() => void broker.restart(), RESTART_AFTER_MS);
  const disturbed = await simulate(2);
  if (disturbed.connectionsLost < DEVICES || disturbed.acknowledged !== disturbed.messages)
    throw new Error(`a run with a restart of the broker came to ${JSON.stringify(disturbed)}`);
  const attempts = countBy(ledger, () => true);
  const untold = Array.from(received).filter(([key, count]) => count > (attempts.get(key) ?? 0));
  if (untold.length > 0) throw new Error(`${untold.length} messages were sent oftener than the ledger says`);
}

/** Counts what anybody publishes, by topic and payload. Takes up again after a restart. */
async function observe(
  { endpoint }: Mosquitto,
  source: Awaited<ReturnType<typeof openSimulatedCredentials>>,
  received: Map<string, number>,
): Promise<MqttClient> {
  const { key, certificate, authority } = await source.credentialsOf({ id: 'observer', attributes: {} });
  const observer = mqtt.connect(endpoint, {
    clientId: 'observer',
    protocolVersion: 5,
    key,
    cert: certificate,
    ca: authority!,
    reconnectPeriod: 100,
  });
  observer.on('error', () => undefined); // it connects again
  observer.on('message', (topic, payload) => {
    const message = keyOf(topic, digestPayload(payload));
    received.set(message, (received.get(message) ?? 0) + 1);
  });
  await observer.subscribeAsync('#', { qos: 1 });
  return observer;
}

const acknowledgedIn = (ledger: Ledger) => countBy(ledger, (acknowledged) => acknowledged);

function countBy(ledger: Ledger, counts: (acknowledged: boolean) => boolean): Map<string, number> {
  const found = new Map<string, number>();
  for (const { topic, digest, acknowledged } of ledger.entries()) {
    const key = keyOf(topic, digest);
    if (counts(acknowledged)) found.set(key, (found.get(key) ?? 0) + 1);
  }
  return found;
}

function keyOf(topic: string, digest: Uint8Array): string {
  return `${topic} ${Buffer.from(digest).toString('hex')}`;
}
