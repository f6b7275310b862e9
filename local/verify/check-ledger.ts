import type { LedgerReader } from '../../device-sim/ledger.ts';
import { createGrowable } from './growable.ts';
import type { createMessageKey } from './message-key.ts';
import type { Violations } from './violations.ts';

/**
 * The ledger as it was before the stream was read: what was acknowledged by then is in the stream by then. Attempts are
 * completed afterwards, so that a check beside a running simulation says nothing wrong.
 */
export type LedgerView = {
  /** messages, of the whole ledger */
  readonly acknowledged: number;
  /** Completes the attempts and compares. Returns how many records are of messages that the ledger does not know. */
  compare(recordKeys: BigUint64Array, violations: Violations): Promise<number>;
};

/**
 * @param trimmedUntil arrival time (ms) up to which records may have left the stream: what was attempted before is not missed
 */
export function viewLedger(
  ledger: LedgerReader,
  trimmedUntil: number,
  messageKey: ReturnType<typeof createMessageKey>,
): LedgerView {
  const attempts = createGrowable('u64');
  const dueAcks = createGrowable('u64');
  let acknowledged = 0;
  let last = 0;
  for (const entry of ledger.entries()) {
    const key = messageKey(entry.topic, entry.digest);
    attempts.push(key);
    last = entry.attempt;
    if (!entry.acknowledged) continue;
    acknowledged++;
    if (entry.at > trimmedUntil) dueAcks.push(key);
  }
  return {
    acknowledged,
    async compare(recordKeys, violations) {
      for (const entry of ledger.entries(last)) attempts.push(messageKey(entry.topic, entry.digest));
      const wrong = new Map<
        bigint,
        { readonly attempts: number; readonly acks: number; readonly records: number }
      >();
      let foreign = 0;
      for (const counts of mergeCounts(
        attempts.values().sort(),
        dueAcks.values().sort(),
        recordKeys.sort(),
      )) {
        const [key, attempted, acks, records] = counts;
        if (attempted === 0) foreign += records;
        else if (acks > records || records > attempted)
          wrong.set(key, { attempts: attempted, acks, records });
      }
      if (wrong.size > 0) await nameWrong(wrong, violations);
      return foreign;
    },
  };

  /** A second look at the ledger, for the topics of what is wrong. */
  async function nameWrong(
    wrong: Map<bigint, { readonly attempts: number; readonly acks: number; readonly records: number }>,
    violations: Violations,
  ): Promise<void> {
    for (const { topic, digest } of ledger.entries()) {
      const key = messageKey(topic, digest);
      const counts = wrong.get(key);
      if (counts === undefined) continue;
      wrong.delete(key);
      const { attempts: attempted, acks, records } = counts;
      const what = `payload of SHA-256 ${Buffer.from(digest).toString('hex')}`;
      if (acks > records) {
        const detail = `${what}: acknowledged ${acks} times, in the stream ${records} times`;
        await violations.add('lost', acks - records, () => ({ topic, detail }));
      } else {
        const detail = `${what}: in the stream ${records} times, attempted ${attempted} times`;
        await violations.add('doubled', records - attempted, () => ({ topic, detail }));
      }
    }
  }
}

/** How often each key stands in three sorted lists. */
function* mergeCounts(
  a: BigUint64Array,
  b: BigUint64Array,
  c: BigUint64Array,
): Iterable<readonly [key: bigint, inA: number, inB: number, inC: number]> {
  let i = 0;
  let j = 0;
  let k = 0;
  while (i < a.length || j < b.length || k < c.length) {
    let key = a[i] ?? b[j] ?? c[k]!;
    if (j < b.length && b[j]! < key) key = b[j]!;
    if (k < c.length && c[k]! < key) key = c[k]!;
    const from = [i, j, k] as const;
    while (a[i] === key) i++;
    while (b[j] === key) j++;
    while (c[k] === key) k++;
    yield [key, i - from[0], j - from[1], k - from[2]];
  }
}
