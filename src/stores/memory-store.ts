import type { Clock } from '../clock.ts';
import type { ObjectStore } from './object-store.ts';
import { StoreError } from './store-error.ts';
import { compareUtf8 } from './utf8-order.ts';

/** A store in memory, for tests and simulations. `clock` dates the objects. */
export function createMemoryStore(clock: Clock = Date.now): ObjectStore {
  const objects = new Map<string, { readonly bytes: Uint8Array; readonly modifiedAt: number }>();
  // copies on both ways: what a caller does to its buffer later is its own business
  const write = (key: string, bytes: Uint8Array) =>
    void objects.set(key, { bytes: Uint8Array.from(bytes), modifiedAt: clock() });
  return {
    async get(key) {
      const object = objects.get(key);
      return object && Uint8Array.from(object.bytes);
    },
    async getRange(key, offset, length) {
      const object = objects.get(key);
      if (object === undefined)
        throw new StoreError(`no object ${key} in this store: nothing to read a range of`);
      const start = offset < 0 ? Math.max(0, object.bytes.length + offset) : offset;
      return object.bytes.slice(start, start + length);
    },
    async put(key, bytes) {
      write(key, bytes);
    },
    async putIfAbsent(key, bytes) {
      if (objects.has(key)) return 'exists';
      write(key, bytes);
      return 'created';
    },
    async *list(prefix, { startAfter } = {}) {
      const keys = Array.from(objects.keys()).filter(
        (key) => key.startsWith(prefix) && (startAfter === undefined || compareUtf8(key, startAfter) > 0),
      );
      for (const key of keys.sort(compareUtf8)) {
        const object = objects.get(key);
        if (object !== undefined) yield { key, size: object.bytes.length, modifiedAt: object.modifiedAt };
      }
    },
    async delete(key) {
      objects.delete(key);
    },
  };
}
