import type { ColumnBatch } from '../../src/columns/column.ts';
import { ORIGIN } from '../../src/columns/reserved.ts';
import type { ObjectStore } from '../../src/stores/object-store.ts';
import { unpadPosition } from '../../src/streams/position.ts';
import { createForeignRows, type ForeignRows } from './foreign-rows.ts';
import { integersOf, scanTable, textsOf } from './scan-lake.ts';
import type { ShardReadings } from './shard-readings.ts';
import type { Violations } from './violations.ts';

/** What was expected of the lake, to be held against its tables. `stream`: the text that stands in `_stream`. */
export type Expectation = {
  readonly lake: ObjectStore;
  readonly stream: string;
  readonly shards: ReadonlyMap<string, ShardReadings>;
  readonly violations: Violations;
};

const COLUMNS = [ORIGIN.topic, ORIGIN.stream, ORIGIN.shard, ORIGIN.position, ORIGIN.index];

/** Marks every row of a raw table at its reading. Returns how many rows the table has. */
export async function findRows(path: string, table: number, expectation: Expectation): Promise<number> {
  const foreign = createForeignRows();
  let rows = 0;
  for await (const batch of scanTable(expectation.lake, path, COLUMNS)) {
    rows += batch.length;
    await markBatch(batch, path, table, expectation, foreign);
  }
  for (const { surplus, ...origin } of foreign.doubles()) {
    const detail = `the table holds this reading ${surplus + 1} times`;
    await expectation.violations.add('doubled', surplus, () => ({ table: path, origin, detail }));
  }
  return rows;
}

async function markBatch(
  batch: ColumnBatch,
  path: string,
  table: number,
  { stream, shards, violations }: Expectation,
  foreign: ForeignRows,
): Promise<void> {
  const topics = textsOf(batch, ORIGIN.topic);
  const streams = textsOf(batch, ORIGIN.stream);
  const shardNames = textsOf(batch, ORIGIN.shard);
  const positions = textsOf(batch, ORIGIN.position);
  const indices = integersOf(batch, ORIGIN.index);
  for (let row = 0; row < batch.length; row++) {
    const position = unpadPosition(positions[row]!);
    const index = indices[row]!;
    const origin = { stream: streams[row]!, shard: shardNames[row]!, position, index };
    const expected = origin.stream === stream ? shards.get(origin.shard) : undefined;
    const place = expected?.locate(position) ?? 'before';
    if (place === 'before') foreign.add(origin.stream, origin.shard, position, index);
    // appended since the stream was read
    if (place === 'before' || place === 'after') continue;
    if (place === 'missing' || !expected!.markRow(place, table, index)) {
      const detail = 'a row of a reading that the stream does not hold for this table';
      await violations.add('doubled', 1, () => ({ topic: topics[row]!, table: path, origin, detail }));
    }
  }
}
