import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { comparePositions } from '../../src/streams/position.ts';
import type { Stream, StreamRecord } from '../../src/streams/stream.ts';

export type StreamUnderTest = { readonly stream: Stream; readonly dispose: () => Promise<void> };

/** What every adapter of `Stream` promises. `open` gives a new, empty stream of more than one shard. */
export function describeStream(name: string, open: () => Promise<StreamUnderTest>): void {
  describe(`stream contract: ${name}`, () => {
    let stream: Stream;
    let dispose: () => Promise<void>;

    beforeEach(async () => ({ stream, dispose } = await open()));
    afterEach(() => dispose());

    it('gives back keys and payloads byte for byte', async () => {
      const sent = [
        record('weather/s1/observation', Buffer.from('{"a":1}')),
        record('weather/s2/observation', Buffer.alloc(0)),
        record(
          'größe/ß/\u{1f321}',
          Uint8Array.from({ length: 256 }, (_, i) => i),
        ),
        record('k', Buffer.from('a view into a pool').subarray(2, 6)),
        record('large', Buffer.alloc(128 * 1024, 0xfe)),
      ];
      await stream.append(sent);
      const read = (await readAll(stream)).flat();
      expect(read).toHaveLength(sent.length);
      for (const { key, payload } of sent) {
        expect(digests(read.filter((each) => each.key === key))).toEqual(digests([{ payload }]));
      }
    });

    it('keeps the records of a key in one shard, in the order of their appends', async () => {
      const keys = Array.from({ length: 40 }, (_, i) => `fleet/device-${i}/reading`);
      const appends: Promise<void>[] = [];
      for (let n = 0; n < 25; n++)
        appends.push(stream.append(keys.map((key) => record(key, Buffer.from(String(n))))));
      await Promise.all(appends);
      const shards = await readAll(stream);
      for (const key of keys) {
        const holding = shards.filter((records) => records.some((each) => each.key === key));
        expect(holding).toHaveLength(1);
        const values = holding[0]!
          .filter((each) => each.key === key)
          .map(({ payload }) => Number(Buffer.from(payload).toString()));
        expect(values).toEqual(Array.from({ length: 25 }, (_, n) => n));
      }
      expect(shards.filter((records) => records.length > 0).length).toBeGreaterThan(1);
    });

    it('counts positions and arrival times upwards in a shard', async () => {
      for (let n = 0; n < 20; n++) await stream.append([record(`k${n % 5}`, Buffer.from(String(n)))]);
      for (const records of await readAll(stream)) {
        for (let i = 1; i < records.length; i++) {
          expect(comparePositions(records[i - 1]!.position, records[i]!.position)).toBeLessThan(0);
          expect(records[i]!.arrivedAt).toBeGreaterThanOrEqual(records[i - 1]!.arrivedAt);
        }
        for (const { position, arrivedAt } of records) {
          expect(position).toMatch(/^[1-9]\d*$/);
          expect(Number.isSafeInteger(arrivedAt)).toBe(true);
        }
      }
    });

    it('reads on after any position, whatever the limit', async () => {
      await stream.append(Array.from({ length: 100 }, (_, n) => record('one key', Buffer.from(String(n)))));
      const whole = (await readAll(stream)).flat();
      const [shard] = (
        await Promise.all(
          (await stream.shards()).map(async (each) => ({
            each,
            first: await stream.read(each, undefined, 1),
          })),
        )
      ).filter(({ first }) => first.length > 0);
      for (const limit of [1, 7, 100, 1000]) {
        const read: StreamRecord[] = [];
        for (;;) {
          const records = await stream.read(shard!.each, read.at(-1)?.position, limit);
          expect(records.length).toBeLessThanOrEqual(limit);
          if (records.length === 0) break;
          read.push(...records);
        }
        expect(read.map(({ position }) => position)).toEqual(whole.map(({ position }) => position));
      }
    });

    it('never skips what was appended before a read, while appends go on', async () => {
      let appended = 0;
      const acknowledged = new Set<string>();
      const writer = (async () => {
        for (; appended < 300; appended++) {
          await stream.append([record(`k${appended % 3}`, Buffer.from(String(appended)))]);
          acknowledged.add(String(appended));
        }
      })();
      const cursors = new Map<string, string>();
      const seen = new Set<string>();
      while (seen.size < 300) {
        const before = new Set(acknowledged);
        for (const shard of await stream.shards()) {
          for (;;) {
            const records = await stream.read(shard, cursors.get(shard), 10);
            if (records.length === 0) break;
            for (const { payload } of records) seen.add(Buffer.from(payload).toString());
            cursors.set(shard, records.at(-1)!.position);
          }
        }
        for (const value of before) expect(seen).toContain(value);
        await new Promise((resolve) => setImmediate(resolve));
      }
      await writer;
    });
  });
}

function record(key: string, payload: Uint8Array): { readonly key: string; readonly payload: Uint8Array } {
  return { key, payload };
}

function digests(records: readonly { readonly payload: Uint8Array }[]): string[] {
  return records.map(({ payload }) => createHash('sha256').update(payload).digest('hex'));
}

/** All records, by shard. */
export async function readAll(stream: Stream): Promise<StreamRecord[][]> {
  const all: StreamRecord[][] = [];
  for (const shard of await stream.shards()) {
    const records: StreamRecord[] = [];
    for (;;) {
      const step = await stream.read(shard, records.at(-1)?.position, 1000);
      if (step.length === 0) break;
      records.push(...step);
    }
    all.push(records);
  }
  return all;
}
