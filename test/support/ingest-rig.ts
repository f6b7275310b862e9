import { randomUUID } from 'node:crypto';
import { columnOf } from '../../src/columns/select.ts';
import type { DeltaDeps } from '../../src/delta/deps.ts';
import { scan } from '../../src/delta/scan.ts';
import { loadSnapshot } from '../../src/delta/snapshot.ts';
import type { Fleet } from '../../src/fleet/model.ts';
import { createIngestDeps, type IngestDeps } from '../../src/ingest/ingest-deps.ts';
import { createLake } from '../../src/ingest/lake.ts';
import { type ObjectStore, prefixedStore } from '../../src/stores/object-store.ts';
import type { ShardRun, StreamIdentity } from '../../src/streams/stream.ts';

/** A wall clock that stands still, waits that take no time, randomness that repeats. */
export function stillDeps(now = Date.UTC(2026, 0, 2, 3, 4, 5)): DeltaDeps {
  let state = 1;
  return {
    clock: () => now,
    random: () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647,
    sleep: () => Promise.resolve(),
    uuid: randomUUID,
  };
}

/** What one execution environment of the ingest function holds: nothing in it survives a crash. */
export function createEnvironment(
  store: ObjectStore,
  fleets: readonly Fleet[],
  deps = stillDeps(),
): IngestDeps {
  return createIngestDeps(createLake(store, deps), fleets);
}

export const testStream: StreamIdentity = { kind: 'sqlite', id: '00000000-0000-4000-8000-000000000000' };

/** A run of consecutive records from `[topic, payload]` pairs; the first stands at `from`. Text is sent as it is. */
export function runOf(
  from: number,
  messages: readonly (readonly [topic: string, payload: unknown])[],
  { shard = 'shardId-000000000000', arrivedAt = Date.UTC(2026, 0, 2, 3) } = {},
): ShardRun {
  return {
    stream: testStream,
    shard,
    records: messages.map(([key, payload], i) => ({
      key,
      payload: Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload)),
      position: String(from + i),
      arrivedAt: arrivedAt + from + i,
    })),
  };
}

/** The live rows of a table, the named columns as text. */
export async function readRows(
  store: ObjectStore,
  path: string,
  columns: readonly string[],
): Promise<string[][]> {
  const table = prefixedStore(store, `${path}/`);
  const snapshot = await loadSnapshot(table);
  const rows: string[][] = [];
  if (snapshot === undefined) return rows;
  for await (const batch of scan(table, snapshot, { columns })) {
    for (let row = 0; row < batch.length; row++) {
      rows.push(
        columns.map((name) => {
          const column = columnOf(batch, name);
          const value = column.values[row];
          if (column.validity?.[row] === 0) return 'null';
          return value instanceof Uint8Array ? Buffer.from(value).toString() : String(value);
        }),
      );
    }
  }
  return rows.sort();
}

/** A store whose puts can be told to fail once: before anything happened, or after it did and the answer got lost. */
export function interruptible(
  store: ObjectStore,
): ObjectStore & { failNext(match: RegExp, when: 'before' | 'after'): void } {
  const plan: { readonly match: RegExp; readonly when: 'before' | 'after' }[] = [];
  const due = (key: string) => {
    const at = plan.findIndex(({ match }) => match.test(key));
    return at < 0 ? undefined : plan.splice(at, 1)[0];
  };
  const disturb = async <T>(key: string, work: () => Promise<T>): Promise<T> => {
    const fault = due(key);
    if (fault?.when === 'before') throw new Error(`planted: ${key} never arrived`);
    const result = await work();
    if (fault !== undefined) throw new Error(`planted: the answer for ${key} got lost`);
    return result;
  };
  return {
    ...store,
    put: (key, bytes) => disturb(key, () => store.put(key, bytes)),
    putIfAbsent: (key, bytes) => disturb(key, () => store.putIfAbsent(key, bytes)),
    failNext: (match, when) => void plan.push({ match, when }),
  };
}
