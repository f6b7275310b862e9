/** What `list` says of an object. `modifiedAt`: milliseconds since the epoch. */
export type ObjectInfo = { readonly key: string; readonly size: number; readonly modifiedAt: number };

/**
 * Where tables live: S3, a folder, memory. Keys are relative, with `/` between parts, never with a leading `/`.
 *
 * The contract, held by `test/contracts/object-store.ts` against every adapter:
 * - a successful `put` or `putIfAbsent` is durable and visible to every later call of any client;
 * - an object is seen whole or not at all;
 * - of any number of concurrent `putIfAbsent` for a key exactly one answers `created`, and its bytes stay;
 * - a call that rejects may have taken effect or not (a lost answer): the caller has to look.
 */
export type ObjectStore = {
  /** The whole object, or undefined where there is none. */
  get(key: string): Promise<Uint8Array | undefined>;
  /** `length` bytes from `offset`; a negative offset counts from the end. Rejects where there is no object. */
  getRange(key: string, offset: number, length: number): Promise<Uint8Array>;
  put(key: string, bytes: Uint8Array): Promise<void>;
  putIfAbsent(key: string, bytes: Uint8Array): Promise<'created' | 'exists'>;
  /** Objects whose key starts with `prefix`, in order of their UTF-8 bytes, those after `startAfter` only. */
  list(prefix: string, options?: { readonly startAfter?: string }): AsyncIterable<ObjectInfo>;
  /** Deleting what is not there is no error. */
  delete(key: string): Promise<void>;
  /**
   * The absolute path of an object that lies on this machine's disk as a file of its own, for engines that read files in
   * place; the object need not exist. Stores that keep none leave it out.
   */
  localPath?(key: string): string;
};

/** The same store seen from a folder: `prefix` ends with `/`, or is empty. */
export function prefixedStore(store: ObjectStore, prefix: string): ObjectStore {
  const { localPath } = store;
  return {
    get: (key) => store.get(prefix + key),
    getRange: (key, offset, length) => store.getRange(prefix + key, offset, length),
    put: (key, bytes) => store.put(prefix + key, bytes),
    putIfAbsent: (key, bytes) => store.putIfAbsent(prefix + key, bytes),
    delete: (key) => store.delete(prefix + key),
    ...(localPath === undefined ? {} : { localPath: (key: string) => localPath(prefix + key) }),
    async *list(under, options = {}) {
      const startAfter = options.startAfter === undefined ? {} : { startAfter: prefix + options.startAfter };
      for await (const info of store.list(prefix + under, startAfter)) {
        yield { ...info, key: info.key.slice(prefix.length) };
      }
    },
  };
}
