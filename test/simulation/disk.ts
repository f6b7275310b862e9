import type { Clock } from '../../src/clock.ts';
import { createMemoryStore } from '../../src/stores/memory-store.ts';
import type { ObjectStore } from '../../src/stores/object-store.ts';

/** What all writers of a schedule write to. It keeps what was deleted, so that audits can look back. */
export type Disk = ObjectStore & {
  /** every object as it was last written, deleted or not */
  readonly past: ObjectStore;
  /** what was deleted, each time, with when it was written (ms) */
  readonly deleted: readonly Deletion[];
  /** commits that were written a second time: nothing may ever do that */
  readonly rewritten: readonly string[];
};

export type Deletion = { readonly key: string; readonly writtenAt: number; readonly at: number };

const COMMIT = /_delta_log\/\d{20}\.json$/;

export function createDisk(clock: Clock): Disk {
  const present = createMemoryStore(clock);
  const past = createMemoryStore(clock);
  const rewritten: string[] = [];
  const deleted: Deletion[] = [];
  const written = new Map<string, number>();
  return {
    ...present,
    past,
    rewritten,
    deleted,
    async put(key, bytes) {
      if (COMMIT.test(key)) rewritten.push(key);
      written.set(key, clock());
      await present.put(key, bytes);
      await past.put(key, bytes);
    },
    async putIfAbsent(key, bytes) {
      const outcome = await present.putIfAbsent(key, bytes);
      if (outcome === 'created') await past.put(key, bytes);
      return outcome;
    },
    async delete(key) {
      deleted.push({ key, writtenAt: written.get(key) ?? 0, at: clock() });
      await present.delete(key);
    },
  };
}
