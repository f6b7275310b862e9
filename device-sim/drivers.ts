import { UsageError } from '../src/errors.ts';
import { parseEndpoint, type Protocols } from './endpoint.ts';
import type { FaultRates } from './faults.ts';
import { createMqttTransport, MQTT_PROTOCOLS } from './mqtt-transport.ts';
import type { Transport, TransportOptions } from './transport.ts';

/** MQTT.js; AWS's device SDK in MQTT 3.1.1; the same in MQTT 5. */
export const DRIVERS = ['mqttjs', 'aws', 'aws-mqtt5'] as const;
export type Driver = (typeof DRIVERS)[number];

/** By their usual ports. */
const AWS_PROTOCOLS: Protocols = { 'mqtt:': 1883, 'mqtts:': 8883 };

/**
 * Whether a driver can do what is asked of it, before anything is made or connected.
 *
 * @throws UsageError where the endpoint is no broker's address, and for faults that the driver cannot inject
 */
export function assertDrivable(driver: Driver, endpoint: string, faults: FaultRates): void {
  parseEndpoint(endpoint, driver === 'mqttjs' ? MQTT_PROTOCOLS : AWS_PROTOCOLS);
  if (driver === 'mqttjs' || faults.disconnects === undefined) return;
  throw new UsageError(
    `the driver ${driver} cannot break connections off: leave disconnects out of the faults, or use mqttjs`,
  );
}

/**
 * AWS's SDK loads native code: only whoever asks for it pays for that.
 *
 * @throws UsageError where the endpoint is no broker's address
 */
export async function openTransport(driver: Driver, options: TransportOptions): Promise<Transport> {
  switch (driver) {
    case 'mqttjs':
      return createMqttTransport(options);
    case 'aws': {
      const { createAwsTransport } = await import('./aws-transport.ts');
      return createAwsTransport(options, parseEndpoint(options.endpoint, AWS_PROTOCOLS));
    }
    case 'aws-mqtt5': {
      const { createAwsMqtt5Transport } = await import('./aws-mqtt5-transport.ts');
      return createAwsMqtt5Transport(options, parseEndpoint(options.endpoint, AWS_PROTOCOLS));
    }
  }
}
