import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { Aedes } from 'aedes';
import { describe, expect, it, onTestFinished } from 'vitest';
import { publishReadings } from '../../../bin/smoke/publish-readings.ts';
import { openLedger } from '../../../device-sim/ledger.ts';
import { createSimulatedDevice } from '../../../device-sim/simulated-device.ts';
import { weather } from '../../../fleets/weather.ts';
import { iotRules } from '../../../src/fleet/index.ts';
import { temporaryPath } from '../../support/cli.ts';

/** A broker that turns the first connections down, as IoT Core may until it has heard of a certificate. */
async function startBroker(turnsDown: number): Promise<string> {
  const broker = await Aedes.createBroker();
  let refused = 0;
  const server = createServer((socket) => {
    if (refused++ < turnsDown) socket.destroy();
    else broker.handle(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    await new Promise<void>((resolve) => broker.close(() => resolve()));
    server.close();
  });
  return `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function request(endpoint: string, signal = new AbortController().signal) {
  const ledger = openLedger(temporaryPath('ledger.db'));
  onTestFinished(() => ledger.close());
  const origin = { fleet: weather, index: 0, seed: 1, started: Date.now(), faults: {}, thing: 'smoke-1' };
  return {
    device: createSimulatedDevice(origin),
    endpoint,
    credentials: { certificate: '', key: '', authority: undefined },
    rules: iotRules([weather]),
    count: 5,
    seed: 1,
    ledger,
    signal,
  };
}

describe('a smoke test’s device', () => {
  it('publishes by Basic Ingest, once a broker takes it, each message once', async () => {
    const messages = await publishReadings(request(await startBroker(2)));
    expect(messages).toHaveLength(5);
    for (const message of messages) {
      expect(message).toMatchObject({
        topic: 'weather/smoke-1/observation',
        publishedTo: '$aws/rules/weather_any_observation/weather/smoke-1/observation',
        attempts: 1,
        acknowledgements: 1,
      });
      expect(message.acknowledgedAt).toBeGreaterThanOrEqual(message.sentAt);
    }
  });

  it('stops where it is told to, while the broker turns it down', async () => {
    const stop = new AbortController();
    const published = publishReadings(request(await startBroker(Infinity), stop.signal));
    stop.abort(new Error('enough'));
    await expect(published).rejects.toThrow(/enough|aborted/);
  });
});
