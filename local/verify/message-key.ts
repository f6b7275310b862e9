import { hash } from 'node:crypto';

/** Topics whose key is remembered; beyond that they are forgotten, not kept for ever. */
const REMEMBERED = 100_000;

/**
 * 64 bits that stand for a topic and a payload's SHA-256, so that millions of messages can be compared in memory. Two of a
 * million messages fall together once in some 37 million runs.
 */
export function createMessageKey(): (topic: string, digest: Uint8Array) => bigint {
  const topics = new Map<string, bigint>();
  return (topic, digest) => {
    let key = topics.get(topic);
    if (key === undefined) {
      key = firstWord(hash('sha256', topic, 'buffer'));
      if (topics.size >= REMEMBERED) topics.clear();
      topics.set(topic, key);
    }
    return key ^ firstWord(digest);
  };
}

function firstWord(digest: Uint8Array): bigint {
  return new DataView(digest.buffer, digest.byteOffset, digest.byteLength).getBigUint64(0);
}
