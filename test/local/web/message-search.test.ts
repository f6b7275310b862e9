import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openSqliteStream } from '../../../local/sqlite-stream.ts';
import { shardIndex } from '../../../local/shard-map.ts';
import {
  type FoundMessage,
  type MessageQuery,
  openMessageSearch,
} from '../../../local/web/message-search.ts';
import { drawSeed, seededRandom } from '../../support/seed.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const BEGAN = Date.UTC(2026, 0, 1);

/** A stream of random messages, and all of them as plain values. */
async function fill(seed: number, count: number) {
  const path = join(temporaryFolder(), 'stream.db');
  const random = seededRandom(seed);
  let now = BEGAN;
  const stream = openSqliteStream(path, { clock: () => now });
  onTestFinished(() => stream.close());
  for (let i = 0; i < count; i++) {
    now += Math.floor(random() * 3) * 10;
    const topic = `site/${Math.floor(random() * 5)}/${random() < 0.5 ? 'a' : 'b'}`;
    await stream.append([{ key: topic, payload: Buffer.from(`{"n":${i},"odd":${i % 2}}`) }]);
  }
  const all: FoundMessage[] = [];
  for (const shard of await stream.shards()) {
    for (const { position, arrivedAt, key, payload } of await stream.read(shard, undefined, count)) {
      all.push({ shard: shardIndex(shard)!, position: Number(position), arrivedAt, topic: key, payload });
    }
  }
  const search = openMessageSearch(path);
  onTestFinished(() => search.close());
  return { search, all, until: now, random };
}

const nameOf = ({ shard, position }: FoundMessage) => `${shard}/${position}`;

describe('the search on the stream', () => {
  it('finds what plain filtering finds, page by page, each message once', async () => {
    const seed = drawSeed('message search');
    const { search, all, until, random } = await fill(seed, 600);
    for (let i = 0; i < 60; i++) {
      const at = () => BEGAN + Math.floor(random() * (until - BEGAN));
      const query = {
        order: random() < 0.5 ? 'newest' : 'oldest',
        limit: 1 + Math.floor(random() * 70),
        shard: random() < 0.3 ? Math.floor(random() * search.shards) : undefined,
        topic: [undefined, 'site/3', 'site/+/a', '#', 'site/2/b'][Math.floor(random() * 5)],
        text: random() < 0.3 ? '"odd":1' : undefined,
        from: random() < 0.5 ? at() : undefined,
        to: random() < 0.5 ? at() : undefined,
      } satisfies MessageQuery;
      const suits = (topic: string) =>
        query.topic === undefined ||
        query.topic === '#' ||
        (query.topic === 'site/+/a' ? topic.endsWith('/a') : topic.includes(query.topic));
      const expected = all.filter(
        (each) =>
          suits(each.topic) &&
          (query.shard ?? each.shard) === each.shard &&
          each.arrivedAt >= (query.from ?? 0) &&
          each.arrivedAt <= (query.to ?? Infinity) &&
          (query.text === undefined || Buffer.from(each.payload).includes(query.text)),
      );
      const found: FoundMessage[] = [];
      let cursor: MessageQuery['cursor'];
      do {
        const answer = await search.find({ ...query, cursor });
        found.push(...answer.messages);
        cursor = answer.cursor;
      } while (cursor !== undefined);
      const times = found.map(({ arrivedAt }) => arrivedAt);
      const sign = query.order === 'newest' ? -1 : 1;
      expect(times, JSON.stringify(query)).toEqual(times.toSorted((a, b) => sign * (a - b)));
      expect(found.map(nameOf).sort(), JSON.stringify(query)).toEqual(expected.map(nameOf).sort());
    }
  });

  it('reads one message, and knows what is not there', async () => {
    const { search, all } = await fill(1, 20);
    const [first] = all;
    expect(search.read(first!.shard, first!.position)).toEqual(first);
    expect(search.read(first!.shard, 9_999)).toBeUndefined();
    expect(() => search.read(99, 1)).toThrow(/no shard 99/);
  });
});
