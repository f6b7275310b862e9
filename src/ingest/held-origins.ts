import { ORIGIN } from '../columns/reserved.ts';
import { columnOf } from '../columns/select.ts';
import { scan } from '../delta/scan.ts';
import type { Snapshot } from '../delta/snapshot.ts';
import type { ObjectStore } from '../stores/object-store.ts';
import { originKey, type Place, placeKey, rangesOf } from './places.ts';

/** By place (`placeKey`) the readings that a table holds; a place without any is absent. */
export type HeldOrigins = ReadonlyMap<string, ReadonlySet<number>>;

/** Reads which readings of these messages stand in the table. Files are pruned by the bounds of origin and arrival. */
export async function readHeldOrigins(
  store: ObjectStore,
  snapshot: Snapshot,
  places: readonly Place[],
): Promise<HeldOrigins> {
  const held = new Map<string, Set<number>>();
  if (places.length === 0) return held;
  const wanted = new Set(places.map(placeKey));
  const { stream, shard, position, index } = ORIGIN;
  const columns = [stream, shard, position, index];
  for await (const batch of scan(store, snapshot, { columns, where: rangesOf(places) })) {
    const [streams, shards, positions] = [stream, shard, position].map(
      (name) => columnOf(batch, name).values as readonly string[],
    );
    const indices = columnOf(batch, index).values;
    for (let row = 0; row < batch.length; row++) {
      const key = originKey({ stream: streams![row]!, shard: shards![row]!, position: positions![row]! });
      if (!wanted.has(key)) continue;
      const readings = held.get(key) ?? new Set();
      held.set(key, readings.add(Number(indices[row])));
    }
  }
  return held;
}
