import type { ObjectStore } from '../stores/object-store.ts';
import type { ShardRun } from '../streams/stream.ts';
import { parseGivenUpObject, type StreamEvent } from './given-up-object.ts';
import { recoverBatch, type RecoverReport } from './recover-batch.ts';
import type { IngestDeps } from './ingest-deps.ts';

/** Where a recovered object is kept, below the place that it came from. */
const RECOVERED = 'recovered/';

export type RecoveredObject =
  | ({ readonly kind: 'recovered'; readonly key: string } & RecoverReport)
  /** nothing is there: an earlier call took it */
  | { readonly kind: 'gone'; readonly key: string };

export type RecoverDeps = IngestDeps & {
  /** where given-up batches and rule errors lie, and recovered ones are kept */
  readonly store: ObjectStore;
  readonly runsOf: (event: StreamEvent) => Promise<readonly ShardRun[]>;
};

/**
 * Brings one object's messages back and moves it to `recovered/<key>`: its bytes are safe there before they are deleted
 * here, and it is moved only after everything in it is committed.
 */
export async function recoverObject(key: string, deps: RecoverDeps): Promise<RecoveredObject> {
  const { store } = deps;
  const bytes = await store.get(key);
  const writtenAt = await findTime(store, key);
  if (bytes === undefined || writtenAt === undefined) return { kind: 'gone', key };
  const object = parseGivenUpObject(key, bytes, writtenAt);
  const report =
    object.kind === 'batch'
      ? await recoverBatch(await deps.runsOf(object.event), true, deps)
      : await recoverBatch([object.run], false, deps);
  await store.put(RECOVERED + key, bytes);
  await store.delete(key);
  return { kind: 'recovered', key, ...report };
}

async function findTime(store: ObjectStore, key: string): Promise<number | undefined> {
  for await (const info of store.list(key)) if (info.key === key) return Math.floor(info.modifiedAt);
  return undefined;
}
