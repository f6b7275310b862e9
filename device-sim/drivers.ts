import { createMqttTransport } from './mqtt-transport.ts';
import type { Transport, TransportOptions } from './transport.ts';

/** MQTT.js; AWS's device SDK in MQTT 3.1.1; the same in MQTT 5. */
export const DRIVERS = ['mqttjs', 'aws', 'aws-mqtt5'] as const;
export type Driver = (typeof DRIVERS)[number];

/** AWS's SDK loads native code: only whoever asks for it pays for that. */
export async function openTransport(driver: Driver, options: TransportOptions): Promise<Transport> {
  switch (driver) {
    case 'mqttjs':
      return createMqttTransport(options);
    case 'aws':
      return (await import('./aws-transport.ts')).createAwsTransport(options);
    case 'aws-mqtt5':
      return (await import('./aws-mqtt5-transport.ts')).createAwsMqtt5Transport(options);
  }
}
