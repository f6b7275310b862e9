import type { Table } from '../src/fleet/model.ts';

/**
 * Whether a message of the table may hold several readings as a JSON array: not where they are looked for at a path, nor
 * where a column is read from the message around them.
 */
export function takesSeveral({ readings, columns }: Table): boolean {
  return readings.kind === 'auto' && columns.every(({ source }) => source.kind !== 'message');
}

/** One payload of several, each a JSON value or an array of them. */
export function joinReadings(payloads: readonly Uint8Array[]): Uint8Array {
  const texts = payloads.map((payload) => Buffer.from(payload).toString().trim());
  const items = texts.map((text) => (text.startsWith('[') ? text.slice(1, -1).trim() : text));
  return Buffer.from(`[${items.filter((item) => item !== '').join(',')}]`);
}
