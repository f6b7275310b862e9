import { digestPayload, type LedgerReader } from '../../device-sim/ledger.ts';
import { ORIGIN } from '../../src/columns/reserved.ts';
import { QUARANTINE_PATH } from '../../src/fleet/index.ts';
import type { ObjectStore } from '../../src/stores/object-store.ts';
import type { createMessageKey } from './message-key.ts';
import { bytesOf, scanTable, textsOf } from './scan-lake.ts';

/** Messages that the simulator made so that they cannot become rows. */
export type PoisonFigures = {
  /** as the ledger says */
  readonly injected: number;
  readonly acknowledged: number;
  /** of the acknowledged ones, those that the quarantine holds byte for byte */
  readonly quarantined: number;
};

/** Looks for every acknowledged poison in the quarantine, by topic and bytes. */
export async function findPoisons(
  ledger: LedgerReader,
  lake: ObjectStore,
  messageKey: ReturnType<typeof createMessageKey>,
): Promise<PoisonFigures> {
  const found = new Map<bigint, { acknowledged: number; quarantined: number }>();
  let injected = 0;
  for (const { topic, digest } of ledger.poisons()) {
    injected++;
    found.set(messageKey(topic, digest), { acknowledged: 0, quarantined: 0 });
  }
  if (injected === 0) return { injected, acknowledged: 0, quarantined: 0 };
  for (const { topic, digest, acknowledged } of ledger.entries()) {
    const poison = acknowledged ? found.get(messageKey(topic, digest)) : undefined;
    if (poison !== undefined) poison.acknowledged++;
  }
  for await (const batch of scanTable(lake, QUARANTINE_PATH, [ORIGIN.topic, 'payload'])) {
    const topics = textsOf(batch, ORIGIN.topic);
    const payloads = bytesOf(batch, 'payload');
    for (const [row, topic] of topics.entries()) {
      const poison = found.get(messageKey(topic, digestPayload(payloads[row]!)));
      if (poison !== undefined) poison.quarantined++;
    }
  }
  const all = Array.from(found.values());
  return {
    injected,
    acknowledged: all.reduce((sum, each) => sum + each.acknowledged, 0),
    quarantined: all.reduce((sum, each) => sum + Math.min(each.acknowledged, each.quarantined), 0),
  };
}
