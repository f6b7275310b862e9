import { createBatchBuilder } from '../../src/columns/builder.ts';
import type { ColumnBatch } from '../../src/columns/column.ts';
import { columnOf } from '../../src/columns/select.ts';
import { field, struct } from '../../src/columns/types.ts';
import { commit } from '../../src/delta/commit.ts';
import { createTable } from '../../src/delta/create-table.ts';
import { removeOf } from '../../src/delta/remove.ts';
import { scan } from '../../src/delta/scan.ts';
import { loadSnapshot } from '../../src/delta/snapshot.ts';
import { writeFiles } from '../../src/delta/write-files.ts';
import { prefixedStore } from '../../src/stores/object-store.ts';
import { READINGS } from './messages.ts';
import type { Writer } from './writer.ts';

export const GOLD = 'plant/gold';
/** The version of the source that gold was made from. */
export const GOLD_SOURCE = 'gold/source';

const schema = struct([field('machine', 'string'), field('readings', 'long'), field('total', 'double')]);

/** Plans that are dropped because others changed gold meanwhile, before the round is given up. */
const MAX_PLANS = 5;

/**
 * What a rollup does, without SQL: all rows of gold are replaced by those of a newer version of the source, which the same
 * commit names (design 5.8). Several may do it at once.
 */
export async function makeGold(writer: Writer): Promise<void> {
  const { deps } = writer;
  const source = prefixedStore(writer.store, `${READINGS}/`);
  const target = prefixedStore(writer.store, `${GOLD}/`);
  await createTable(target, { schema, partitionColumns: [] }, deps);
  for (let plans = 0; plans < MAX_PLANS; plans++) {
    const from = await loadSnapshot(source);
    const gold = (await loadSnapshot(target))!;
    if (from === undefined || (gold.txns.get(GOLD_SOURCE) ?? -1) >= from.version) return;
    const totals = await sumReadings(scan(source, from, { columns: ['machine', 'value'] }));
    const adds = await writeFiles(target, batchOfTotals(totals), { partitionColumns: [] }, deps);
    const result = await commit(
      target,
      {
        base: gold,
        operation: 'ROLLUP',
        adds,
        removes: gold.files.map((add) => removeOf(add, deps.clock(), true)),
        txns: [{ appId: GOLD_SOURCE, version: from.version }],
        reads: 'table',
      },
      deps,
    );
    if (result.kind === 'committed') return;
  }
}

/** Number and sum of the readings by machine, as one text a machine, sorted. */
export type Totals = ReadonlyMap<string, { readonly readings: number; readonly total: number }>;

export async function sumReadings(batches: AsyncIterable<ColumnBatch>): Promise<Totals> {
  const totals = new Map<string, { readings: number; total: number }>();
  for await (const batch of batches) {
    const machines = columnOf(batch, 'machine').values as readonly string[];
    const values = columnOf(batch, 'value').values;
    for (let row = 0; row < batch.length; row++) {
      const known = totals.get(machines[row]!) ?? { readings: 0, total: 0 };
      totals.set(machines[row]!, {
        readings: known.readings + 1,
        total: known.total + Number(values[row]),
      });
    }
  }
  return totals;
}

function batchOfTotals(totals: Totals): ColumnBatch {
  const rows = createBatchBuilder(schema, totals.size);
  for (const [machine, { readings, total }] of totals) rows.appendRow({ machine, readings, total });
  return rows.finish();
}

/** The totals that a version of gold holds. */
export async function readGold(batches: AsyncIterable<ColumnBatch>): Promise<Totals> {
  const totals = new Map<string, { readings: number; total: number }>();
  for await (const batch of batches) {
    for (let row = 0; row < batch.length; row++) {
      const [machine, readings, total] = ['machine', 'readings', 'total'].map(
        (name) => columnOf(batch, name).values[row],
      );
      totals.set(String(machine), { readings: Number(readings), total: Number(total) });
    }
  }
  return totals;
}
