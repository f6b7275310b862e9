import { digestPayload } from '../../device-sim/ledger.ts';
import type { TableDecoder } from '../../src/decode/decoder.ts';
import type { Router } from '../../src/fleet/index.ts';
import { tablePath } from '../../src/fleet/index.ts';
import { padPosition } from '../../src/streams/position.ts';
import type { Stream, StreamRecord } from '../../src/streams/stream.ts';
import type { createMessageKey } from './message-key.ts';
import { createShardReadings, type ShardReadings, UNROUTABLE } from './shard-readings.ts';

const PAGE = 2000;

/** What the stream asks of the lake. Tables are known by their number in `decoders`. */
export async function readExpected(
  stream: Stream,
  deps: {
    readonly router: Router;
    readonly decoders: readonly TableDecoder[];
    readonly messageKey: ReturnType<typeof createMessageKey>;
  },
): Promise<ReadonlyMap<string, ShardReadings>> {
  const numbers = new Map(deps.decoders.map(({ table }, i) => [tablePath(table.fleet, table.name), i]));
  const shards = new Map<string, ShardReadings>();
  for (const shard of await stream.shards()) {
    const expected = createShardReadings(shard, stream.identity.kind);
    shards.set(shard, expected);
    let last: string | undefined;
    for (;;) {
      const records = await stream.read(shard, last, PAGE);
      if (records.length === 0) break;
      last = records.at(-1)!.position;
      addPage(records);
    }

    function addPage(records: readonly StreamRecord[]): void {
      const scratch = deps.decoders.map(() => undefined as ReturnType<TableDecoder['newBatch']> | undefined);
      for (const record of records) {
        expected.addRecord(record.position, deps.messageKey(record.key, digestPayload(record.payload)));
        let routed = false;
        for (const { table, levels } of deps.router(record.key)) {
          const number = numbers.get(tablePath(table.fleet, table.name));
          if (number === undefined) continue;
          routed = true;
          const position = padPosition(stream.identity.kind, record.position);
          const message = {
            topic: record.key,
            levels,
            payload: record.payload,
            arrivedAt: record.arrivedAt,
            origin: { stream: streamText(stream), shard, position },
          };
          // how many readings a message has is the decoder's word; what it makes of them is thrown away
          const rows = (scratch[number] ??= deps.decoders[number]!.newBatch(records.length));
          expected.expect(number, deps.decoders[number]!.decode(message, rows).readings);
        }
        if (!routed) expected.expect(UNROUTABLE, 1);
      }
    }
  }
  return shards;
}

/** What stands in `_stream`. */
export function streamText({ identity }: Stream): string {
  return `${identity.kind}/${identity.id}`;
}
