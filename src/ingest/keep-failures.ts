import { commit } from '../delta/commit.ts';
import { loadSnapshot } from '../delta/snapshot.ts';
import { writeFiles } from '../delta/write-files.ts';
import { TributaryError } from '../errors.ts';
import type { ShardRun } from '../streams/stream.ts';
import { assertNotSuperseded, type Epochs } from './epochs.ts';
import { type BatchFailures, failureSubject } from './failures.ts';
import { readHeldFailures } from './held-failures.ts';
import type { Lake } from './lake.ts';
import { originOf } from './places.ts';
import { checkedTxns, nextReplay } from './progress.ts';
import { QUARANTINE, shareOfFailures } from './quarantine.ts';
import { passTxns } from './replay-table.ts';

/** Lost races in a row after which this gives up for now. */
const MAX_RACES = 100;

/**
 * Adds failures to the quarantine by origin, those that it lacks, under the key that all replays share. Returns how many
 * messages it got.
 *
 * @param passed runs that the event source is done with: progress moves past them
 */
export async function keepFailures(
  runs: readonly ShardRun[],
  passed: readonly ShardRun[],
  failures: BatchFailures,
  epochs: Epochs,
  lake: Lake,
): Promise<number> {
  if (failures.size === 0) return 0;
  const quarantine = await lake.open(QUARANTINE);
  for (let races = 0; races < MAX_RACES; races++) {
    const snapshot = await loadSnapshot(quarantine.store);
    if (snapshot === undefined) throw new TributaryError('the quarantine is gone');
    quarantine.state = snapshot;
    assertNotSuperseded(quarantine, runs, epochs, lake);
    const lacking = await selectLacking(runs, failures, lake);
    if (lacking.size === 0) return 0;
    const { batch, sortBy } = shareOfFailures(quarantine, runs, lacking);
    const { partitionColumns } = quarantine.wish;
    const adds = await writeFiles(quarantine.store, batch, { partitionColumns, sortBy }, lake.deps);
    const txns = [
      nextReplay(snapshot),
      ...passTxns(snapshot, [], passed),
      ...checkedTxns(passed, lake.deps.clock()),
    ];
    const result = await commit(
      quarantine.store,
      { base: snapshot, operation: 'REPLAY', adds, txns, reads: 'nothing' },
      lake.deps,
    );
    quarantine.state = result.state;
    if (result.kind === 'committed') return lacking.size;
  }
  throw new TributaryError(`the quarantine: lost ${MAX_RACES} races of replays in a row`, {
    retriable: true,
  });
}

async function selectLacking(
  runs: readonly ShardRun[],
  failures: BatchFailures,
  lake: Lake,
): Promise<BatchFailures> {
  const quarantine = await lake.open(QUARANTINE);
  const lacking: BatchFailures = new Map();
  let ordinal = 0;
  for (const run of runs) {
    const held = await readHeldFailures(quarantine, run);
    for (const record of run.records) {
      const list = failures.get(ordinal);
      const subjects = held.get(originOf({ ...run, record }).position);
      const holds = (table: string | null, index: number) =>
        subjects?.has(failureSubject(table, index)) ?? false;
      const fresh = list?.filter(({ table, index }) => !holds(table, index) && !holds(table, -1)) ?? [];
      if (fresh.length > 0) lacking.set(ordinal, fresh);
      ordinal++;
    }
  }
  return lacking;
}
