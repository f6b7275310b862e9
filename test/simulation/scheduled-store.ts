import type { ObjectInfo, ObjectStore } from '../../src/stores/object-store.ts';

/** Keys of a listing's page: S3 has a thousand, too many for the tables of a schedule. */
const PAGE = 8;

/**
 * A store whose every call waits for its turn, and whose writes wait again before they answer: so others overtake, and a
 * crash may come before or after the effect. Listings see what was written between their pages, as on S3.
 */
export function createScheduledStore(
  store: ObjectStore,
  pause: (label: string) => Promise<void>,
): ObjectStore {
  async function read<T>(label: string, work: () => Promise<T>): Promise<T> {
    await pause(label);
    return work();
  }

  async function write<T>(label: string, work: () => Promise<T>): Promise<T> {
    await pause(label);
    const answer = await work();
    await pause(`${label}: ${String(answer ?? 'done')}`);
    return answer;
  }

  return {
    get: (key) => read(`get ${key}`, () => store.get(key)),
    getRange: (key, offset, length) => read(`getRange ${key}`, () => store.getRange(key, offset, length)),
    put: (key, bytes) => write(`put ${key}`, () => store.put(key, bytes)),
    putIfAbsent: (key, bytes) => write(`putIfAbsent ${key}`, () => store.putIfAbsent(key, bytes)),
    delete: (key) => write(`delete ${key}`, () => store.delete(key)),
    async *list(prefix, options) {
      let startAfter = options?.startAfter;
      for (;;) {
        await pause(`list ${prefix}${startAfter === undefined ? '' : ` after ${startAfter}`}`);
        const page: ObjectInfo[] = [];
        for await (const info of store.list(prefix, startAfter === undefined ? {} : { startAfter })) {
          page.push(info);
          if (page.length === PAGE) break;
        }
        yield* page;
        if (page.length < PAGE) return;
        startAfter = page.at(-1)!.key;
      }
    },
  };
}
