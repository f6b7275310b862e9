import { digestPayload } from '../../device-sim/ledger.ts';
import type { TableDecoder } from '../../src/decode/decoder.ts';
import type { Router } from '../../src/fleet/index.ts';
import { tablePath } from '../../src/fleet/index.ts';
import type { Stream, StreamRecord } from '../../src/streams/stream.ts';
import type { createMessageKey } from './message-key.ts';
import { createShardReadings, type ShardReadings, UNROUTABLE } from './shard-readings.ts';

const PAGE = 1000;

/** A retry of no reading: the decoder says how many a message holds, and makes no rows. */
const NONE: ReadonlySet<number> = new Set();
const NOWHERE = { stream: '', shard: '', position: '' };

/** What the stream asks of the lake. Tables are known by their number in `decoders`. */
export async function readExpected(
  stream: Stream,
  deps: {
    readonly router: Router;
    readonly decoders: readonly TableDecoder[];
    readonly messageKey: ReturnType<typeof createMessageKey>;
  },
): Promise<ReadonlyMap<string, ShardReadings>> {
  const tables = new Map(
    deps.decoders.map((decoder, number) => {
      const { fleet, name } = decoder.table;
      return [tablePath(fleet, name), { number, decoder, rows: decoder.newBatch(1) }];
    }),
  );
  const shards = new Map<string, ShardReadings>();
  for (const shard of await stream.shards()) {
    const expected = createShardReadings(shard, stream.identity.kind);
    shards.set(shard, expected);
    for (let last: string | undefined; ;) {
      const records = await stream.read(shard, last, PAGE);
      if (records.length === 0) break;
      for (const record of records) expectRecord(record, expected);
      last = records.at(-1)!.position;
    }
  }
  return shards;

  function expectRecord({ key, payload, position, arrivedAt }: StreamRecord, expected: ShardReadings): void {
    expected.addRecord(position, deps.messageKey(key, digestPayload(payload)));
    let routed = false;
    for (const { table, levels } of deps.router(key)) {
      const target = tables.get(tablePath(table.fleet, table.name));
      if (target === undefined) continue;
      routed = true;
      const message = { topic: key, levels, payload, arrivedAt, origin: NOWHERE };
      expected.expect(target.number, target.decoder.decode(message, target.rows, NONE).readings);
    }
    if (!routed) expected.expect(UNROUTABLE, 1);
  }
}

/** What stands in `_stream`. */
export function streamText({ identity }: Stream): string {
  return `${identity.kind}/${identity.id}`;
}
