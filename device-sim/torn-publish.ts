import type { Publication } from './transport.ts';

/** MQTT 3.1.1's PUBLISH with QoS 1: [MQTT-2.2], 3.3. */
const PUBLISH_QOS_1 = 0x32;
const RETAIN = 0x01;
const PACKET_ID = 1;

/** The first half of a PUBLISH packet: it says how long it will be, and ends before that. */
export function beginPublish({ topic, payload, retain = false }: Publication): Uint8Array {
  const name = Buffer.from(topic);
  const variable = Buffer.alloc(2 + name.length + 2);
  variable.writeUInt16BE(name.length, 0);
  name.copy(variable, 2);
  variable.writeUInt16BE(PACKET_ID, 2 + name.length);
  const body = Buffer.concat([variable, payload]);
  const header = Buffer.from([PUBLISH_QOS_1 | (retain ? RETAIN : 0), ...encodeLength(body.length)]);
  return Buffer.concat([header, body.subarray(0, body.length >> 1)]);
}

/** Seven bits a byte, the low ones first; the eighth says that more follow. */
function encodeLength(length: number): number[] {
  const bytes: number[] = [];
  let rest = length;
  do {
    const low = rest & 0x7f;
    rest >>>= 7;
    bytes.push(rest > 0 ? low | 0x80 : low);
  } while (rest > 0);
  return bytes;
}
