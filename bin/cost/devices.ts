import { type Line, linesOf } from './lines.ts';
import { KB, meter, SECONDS, trafficOf, type Workload } from './workload.ts';

/** Up to the stream, everything costs whoever takes the messages the same: devices, broker, one rule with one action. */
export function deviceLines(workload: Workload): Line[] {
  const { messages, messageBytes } = trafficOf(workload);
  const metered = messages * meter(messageBytes, 5 * KB);
  return [
    // always connected
    ...linesOf('connections', { iotConnection: (workload.devices * SECONDS) / 60 }),
    ...linesOf('messages', {
      iotMessage: workload.basicIngest ? 0 : metered,
      iotRule: metered,
      iotAction: metered,
    }),
  ];
}
