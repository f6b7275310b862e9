import { verifyLake, type Verification } from '../../local/verify.ts';
import { createTableDecoder } from '../../src/decode/decoder.ts';
import { createRouter, tableSchema } from '../../src/fleet/index.ts';
import type { Fleet } from '../../src/fleet/model.ts';
import type { ObjectStore } from '../../src/stores/object-store.ts';
import type { ShardRun, Stream } from '../../src/streams/stream.ts';
import { testStream } from './ingest-rig.ts';

export class Crash extends Error {}

/** A store that dies at its call number `at`, before the call or after it took effect, and answers nothing from then on. */
export function mortalStore(
  store: ObjectStore,
  at: number,
  when: 'before' | 'after',
): { readonly store: ObjectStore; calls(): number } {
  let calls = 0;
  const run = async <T>(work: () => Promise<T>): Promise<T> => {
    const call = calls++;
    if (call > at || (call === at && when === 'before')) throw new Crash(`planted at call ${at}`);
    const answer = await work();
    if (call === at) throw new Crash(`planted after call ${at}`);
    return answer;
  };
  return {
    calls: () => calls,
    store: {
      get: (key) => run(() => store.get(key)),
      getRange: (key, offset, length) => run(() => store.getRange(key, offset, length)),
      put: (key, bytes) => run(() => store.put(key, bytes)),
      putIfAbsent: (key, bytes) => run(() => store.putIfAbsent(key, bytes)),
      delete: (key) => run(() => store.delete(key)),
      async *list(prefix, options) {
        await run(() => Promise.resolve());
        yield* store.list(prefix, options);
      },
    },
  };
}

/** Whether every reading of the runs stands once, by the same check as `npm run verify`; all of them are due. */
export function verifyRuns(
  runs: readonly ShardRun[],
  lake: ObjectStore,
  fleets: readonly Fleet[],
): Promise<Verification> {
  const shards = new Map<string, ShardRun['records'][number][]>();
  for (const { shard, records } of runs) shards.set(shard, [...(shards.get(shard) ?? []), ...records]);
  const stream: Stream = {
    identity: testStream,
    shards: () => Promise.resolve(Array.from(shards.keys())),
    append: () => Promise.reject(new Error('nothing is appended here')),
    read: (shard, position, limit) => {
      const after = shards.get(shard)!.filter((record) => Number(record.position) > Number(position ?? -1));
      return Promise.resolve(after.slice(0, limit));
    },
  };
  return verifyLake({
    stream,
    lake,
    router: createRouter(fleets),
    decoders: fleets.flatMap(({ tables }) =>
      Object.values(tables).map((each) => createTableDecoder(each, tableSchema(each))),
    ),
    checkpoints: new Map(Array.from(shards, ([shard, records]) => [shard, records.at(-1)!.position])),
    trimmedUntil: 0,
  });
}
