import { digestPayload } from '../../device-sim/ledger.ts';
import type { Column } from '../../src/columns/column.ts';
import { ORIGIN } from '../../src/columns/reserved.ts';
import { columnOf } from '../../src/columns/select.ts';
import { QUARANTINE_PATH } from '../../src/fleet/index.ts';
import { unpadPosition } from '../../src/streams/position.ts';
import type { Expectation } from './find-rows.ts';
import type { createMessageKey } from './message-key.ts';
import { bytesOf, scanTable, textsOf } from './scan-lake.ts';
import { type QuarantineState, UNROUTABLE } from './shard-readings.ts';

const COLUMNS = [
  ORIGIN.topic,
  ORIGIN.stream,
  ORIGIN.shard,
  ORIGIN.position,
  'failures',
  'payload',
  'resolved_at',
  'resolution',
];

/** What the quarantine's column `failures` says. `index` -1: the whole message; `table` null: no table took the topic. */
type Failure = {
  readonly table: string | null;
  readonly index: number;
  readonly resolution?: 'replayed' | 'discarded';
};

/**
 * Marks every reading that the quarantine holds, and checks that it holds the very bytes of the message. Returns how many
 * rows the quarantine has.
 *
 * @param numbers the number of each table by its path
 * @param began ms; what was resolved since then may have become rows that were not seen any more
 */
export async function findQuarantined(
  numbers: ReadonlyMap<string, number>,
  messageKey: ReturnType<typeof createMessageKey>,
  { lake, stream, shards, violations }: Expectation,
  began: number,
): Promise<number> {
  let rows = 0;
  for await (const batch of scanTable(lake, QUARANTINE_PATH, COLUMNS)) {
    rows += batch.length;
    const topics = textsOf(batch, ORIGIN.topic);
    const streams = textsOf(batch, ORIGIN.stream);
    const shardNames = textsOf(batch, ORIGIN.shard);
    const positions = textsOf(batch, ORIGIN.position);
    const failures = textsOf(batch, 'failures');
    const payloads = bytesOf(batch, 'payload');
    const resolvedAt = columnOf(batch, 'resolved_at');
    const resolutions = columnOf(batch, 'resolution');
    for (let row = 0; row < batch.length; row++) {
      const position = unpadPosition(positions[row]!);
      const expected = streams[row] === stream ? shards.get(shardNames[row]!) : undefined;
      const place = expected?.locate(position) ?? 'before';
      if (expected === undefined || place === 'before' || place === 'after') continue;
      const origin = { stream, shard: expected.shard, position, index: 0 };
      const topic = topics[row]!;
      if (place === 'missing') {
        const detail = 'a message that the stream does not hold';
        await violations.add('doubled', 1, () => ({ topic, table: QUARANTINE_PATH, origin, detail }));
        continue;
      }
      if (messageKey(topic, digestPayload(payloads[row]!)) !== expected.keyOf(place)) {
        const detail = 'the quarantine holds other bytes, or another topic, than the stream';
        await violations.add('lost', 1, () => ({ topic, table: QUARANTINE_PATH, origin, detail }));
      }
      const since = isNull(resolvedAt, row) ? undefined : Number((resolvedAt.values[row] as bigint) / 1000n);
      const resolution = isNull(resolutions, row) ? 'replayed' : (resolutions.values[row] as Resolution);
      for (const { table, index, resolution: own } of JSON.parse(failures[row]!) as readonly Failure[]) {
        const number = table === null ? UNROUTABLE : numbers.get(table);
        // a table of a fleet that is not looked at
        if (number === undefined) continue;
        const state = own ?? (since === undefined ? 'open' : resolution);
        // that a table took it later leaves nothing to ask of the time when none did
        const isMoot = (table === null && state === 'replayed') || (since ?? 0) >= began;
        expected.markQuarantined(place, number, index, isMoot ? 'covered' : state);
        if (table === null && state !== 'replayed') expected.markCovered(place);
      }
    }
  }
  return rows;
}

type Resolution = Exclude<QuarantineState, 'open' | 'covered'>;

function isNull({ validity }: Column, row: number): boolean {
  return validity?.[row] === 0;
}
