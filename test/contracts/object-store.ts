import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { collect } from '../support/collect.ts';
import { type ObjectInfo, type ObjectStore, prefixedStore } from '../../src/stores/object-store.ts';

export type StoreUnderTest = {
  readonly store: ObjectStore;
  /** Another client of the same objects, as another process would have it. */
  readonly openAnother: () => ObjectStore;
  readonly dispose?: () => Promise<void>;
};

/** What every `ObjectStore` has to do, whatever it is made of. `open` gives an empty one. */
export function describeObjectStore(name: string, open: () => Promise<StoreUnderTest>): void {
  describe(`${name} keeps the contract of a store`, () => {
    let subject: StoreUnderTest;
    let store: ObjectStore;
    beforeEach(async () => {
      subject = await open();
      store = subject.store;
    });
    afterEach(() => subject.dispose?.());

    it('answers undefined for what is not there', async () => {
      await store.put('folder/object', text('x'));
      expect(await store.get('nothing')).toBeUndefined();
      expect(await store.get('folder')).toBeUndefined();
      expect(await store.get('folder/object/below')).toBeUndefined();
    });

    it('gives back the bytes that were put, to another client too', async () => {
      const bytes = Uint8Array.from({ length: 70_000 }, (_, i) => (i * 31) % 251);
      await store.put('a/b/c.bin', bytes);
      await store.put('empty', new Uint8Array());
      expect(same(await store.get('a/b/c.bin'), bytes)).toBe(true);
      expect(same(await subject.openAnother().get('a/b/c.bin'), bytes)).toBe(true);
      expect(await store.get('empty')).toHaveLength(0);
    });

    it('replaces by put', async () => {
      await store.put('key', text('first, and longer'));
      await store.put('key', text('second'));
      expect(read(await store.get('key'))).toBe('second');
    });

    it('keeps what was put when the caller goes on with its buffer', async () => {
      const bytes = text('before');
      await store.put('put', bytes);
      await store.putIfAbsent('created', bytes);
      bytes.fill(0);
      expect(read(await store.get('put'))).toBe('before');
      expect(read(await store.get('created'))).toBe('before');
      (await store.get('put'))?.fill(0);
      expect(read(await store.get('put'))).toBe('before');
    });

    it('puts the bytes of a view only, not those of the buffer behind it', async () => {
      await store.put('view', Buffer.from('xx-view-xx').subarray(3, 7));
      expect(read(await store.get('view'))).toBe('view');
    });

    it('creates once, and keeps the first bytes', async () => {
      expect(await store.putIfAbsent('log/0.json', text('first'))).toBe('created');
      expect(await store.putIfAbsent('log/0.json', text('second'))).toBe('exists');
      expect(await subject.openAnother().putIfAbsent('log/0.json', text('third'))).toBe('exists');
      expect(read(await store.get('log/0.json'))).toBe('first');
    });

    it('finds what put made when it is asked to create', async () => {
      await store.put('key', text('put'));
      expect(await store.putIfAbsent('key', text('created'))).toBe('exists');
      expect(read(await store.get('key'))).toBe('put');
    });

    it('creates again what was deleted', async () => {
      await store.putIfAbsent('key', text('first'));
      await store.delete('key');
      expect(await store.get('key')).toBeUndefined();
      expect(await store.putIfAbsent('key', text('second'))).toBe('created');
    });

    it('deletes what is not there without complaint', async () => {
      await store.delete('nothing');
      await store.delete('no/folder/either');
    });

    it('lets exactly one of 16 racers create a key, and keeps its bytes', async () => {
      const racers = Array.from({ length: 16 }, () => subject.openAnother());
      for (let round = 0; round < 5; round++) {
        const key = `race/${round}.json`;
        const answers = await Promise.all(
          racers.map((racer, i) => racer.putIfAbsent(key, text(`racer ${i} `.repeat(500)))),
        );
        const winners = answers.flatMap((answer, i) => (answer === 'created' ? [i] : []));
        expect(winners).toHaveLength(1);
        expect(read(await store.get(key))).toBe(`racer ${winners[0]} `.repeat(500));
      }
    });

    it('shows a replaced object whole, the old one or the new', async () => {
      const versions = ['a', 'b', 'c', 'd'].map((letter) => text(letter.repeat(100_000)));
      await store.put('key', versions[0]!);
      let writing = true;
      const writer = (async () => {
        try {
          for (let i = 1; i <= 12; i++) await store.put('key', versions[i % 4]!);
        } finally {
          writing = false;
        }
      })();
      const reader = subject.openAnother();
      do {
        const seen = (await reader.get('key')) ?? new Uint8Array();
        expect(versions.some((version) => same(seen, version))).toBe(true);
      } while (writing);
      await writer;
    });

    describe('ranges', () => {
      beforeEach(() => store.put('digits', text('0123456789')));
      it.each([
        { offset: 0, length: 4, bytes: '0123' },
        { offset: 3, length: 2, bytes: '34' },
        { offset: 8, length: 5, bytes: '89' },
        { offset: -4, length: 4, bytes: '6789' },
        { offset: -4, length: 2, bytes: '67' },
        { offset: -40, length: 3, bytes: '012' },
        { offset: 10, length: 1, bytes: '' },
        { offset: 25, length: 4, bytes: '' },
        { offset: 2, length: 0, bytes: '' },
      ])('$length bytes from $offset', async ({ offset, length, bytes }) => {
        expect(read(await store.getRange('digits', offset, length))).toBe(bytes);
      });

      it('are empty in an empty object', async () => {
        await store.put('empty', new Uint8Array());
        expect(await store.getRange('empty', 0, 5)).toHaveLength(0);
        expect(await store.getRange('empty', -5, 5)).toHaveLength(0);
      });

      it('reject where there is no object', async () => {
        await expect(store.getRange('nothing', 0, 1)).rejects.toThrow('nothing');
        await expect(store.getRange('nothing', -1, 1)).rejects.toThrow('nothing');
        await expect(store.getRange('nothing', 0, 0)).rejects.toThrow('nothing');
      });
    });

    describe('listing', () => {
      it('is empty where there is nothing', async () => {
        expect(await keysOf(store.list(''))).toEqual([]);
        expect(await keysOf(store.list('no/such/folder/'))).toEqual([]);
      });

      it('goes in order of UTF-8 bytes, through folders too', async () => {
        // a JavaScript sort puts the emoji (a surrogate) before U+FF5E
        const ordered = ['B', 'a.b', 'a/1', 'a/b/2', 'a/b-1', 'a0', 'b', 'é', '\uff5e', '\u{1f600}'];
        const byBytes = ordered.toSorted((x, y) => Buffer.compare(Buffer.from(x), Buffer.from(y)));
        for (const key of ordered.toReversed()) await store.put(key, text(key));
        expect(await keysOf(store.list(''))).toEqual(byBytes);
      });

      it('takes a prefix that ends inside a name', async () => {
        for (const key of ['log/10', 'log/11', 'log/2', 'logs/1', 'lo']) await store.put(key, text(key));
        expect(await keysOf(store.list('log/1'))).toEqual(['log/10', 'log/11']);
        expect(await keysOf(store.list('log'))).toEqual(['log/10', 'log/11', 'log/2', 'logs/1']);
      });

      it('starts after a key, whether that is there or not', async () => {
        for (const key of ['t/a/1', 't/a/2', 't/b', 't/c/1', 'u']) await store.put(key, text(key));
        expect(await keysOf(store.list('t/', { startAfter: 't/a/1' }))).toEqual(['t/a/2', 't/b', 't/c/1']);
        expect(await keysOf(store.list('t/', { startAfter: 't/a/9' }))).toEqual(['t/b', 't/c/1']);
        expect(await keysOf(store.list('t/', { startAfter: 'a' }))).toHaveLength(4);
        expect(await keysOf(store.list('t/', { startAfter: 't/c/1' }))).toEqual([]);
      });

      it('says sizes and when, and no more of what was deleted', async () => {
        const before = Date.now();
        await store.put('t/kept', text('12345'));
        await store.put('t/gone', text('1'));
        await store.delete('t/gone');
        const [info, ...others] = await collect(store.list('t/'));
        expect(others).toEqual([]);
        expect(info).toMatchObject({ key: 't/kept', size: 5 });
        // S3 says seconds only; the far end keeps a clock of its own
        expect(Math.abs(info!.modifiedAt - before)).toBeLessThan(60_000);
      });

      it('goes on beyond one page', async () => {
        const keys = Array.from({ length: 1_203 }, (_, i) => `page/${String(i).padStart(5, '0')}`);
        for (let i = 0; i < keys.length; i += 64) {
          await Promise.all(keys.slice(i, i + 64).map((key) => store.put(key, text(key))));
        }
        expect(await keysOf(store.list('page/'))).toEqual(keys);
        expect(await keysOf(store.list('page/', { startAfter: keys[100]! }))).toEqual(keys.slice(101));
      });

      it('can be left early', async () => {
        for (const key of ['a', 'b', 'c']) await store.put(key, text(key));
        for await (const { key } of store.list('')) {
          expect(key).toBe('a');
          break;
        }
      });
    });

    it.each(['with space', 'a=b/c%3Ad', 'plus+and&amp', '<tag>"\'', 'ünï/çödé/\u{1f600}', '%2e%2e'])(
      'takes the key %j literally',
      async (key) => {
        await store.put(key, text(key));
        expect(read(await store.get(key))).toBe(key);
        expect(await keysOf(store.list(''))).toEqual([key]);
        expect(await store.putIfAbsent(key, text('again'))).toBe('exists');
        await store.delete(key);
        expect(await keysOf(store.list(''))).toEqual([]);
      },
    );

    it('looks the same from a folder of it', async () => {
      await store.put('other/x', text('x'));
      const table = prefixedStore(store, 'lake/table/');
      expect(await table.putIfAbsent('log/0', text('0'))).toBe('created');
      await table.put('log/1', text('1'));
      expect(await keysOf(table.list(''))).toEqual(['log/0', 'log/1']);
      expect(await keysOf(table.list('log/', { startAfter: 'log/0' }))).toEqual(['log/1']);
      expect(read(await store.get('lake/table/log/1'))).toBe('1');
      await table.delete('log/0');
      expect(await keysOf(store.list(''))).toEqual(['lake/table/log/1', 'other/x']);
    });
  });
}

function text(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}

function read(bytes: Uint8Array | undefined): string | undefined {
  return bytes && new TextDecoder().decode(bytes);
}

/** Vitest's own comparison of long byte arrays takes seconds. */
function same(a: Uint8Array | undefined, b: Uint8Array): boolean {
  return a !== undefined && Buffer.compare(a, b) === 0;
}

async function keysOf(list: AsyncIterable<ObjectInfo>): Promise<string[]> {
  return (await collect(list)).map((info) => info.key);
}
