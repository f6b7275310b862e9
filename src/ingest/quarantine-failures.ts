import { ORIGIN } from '../columns/reserved.ts';
import { columnOf, selectRows } from '../columns/select.ts';
import { commit, type SetTransaction, writeFiles } from '../delta/index.ts';
import { TributaryError } from '../errors.ts';
import { padPosition, progressKey } from '../streams/position.ts';
import type { ShardRun } from '../streams/stream.ts';
import { type BatchFailures, failureSubject } from './failures.ts';
import { type HeldFailures, type Holds, readHeldFailures } from './held-failures.ts';
import type { Lake, LakeTable } from './lake.ts';
import { firstBeyondProgress } from './progress.ts';
import { QUARANTINE, shareOfFailures } from './quarantine.ts';
import type { DecodedShare } from './table-share.ts';
import { writeShare } from './write-share.ts';

/** A batch after its failures are safe: what the tables may commit now. */
export type Guarded = {
  readonly shares: readonly DecodedShare[];
  readonly quarantined: number;
  readonly races: number;
};

/** Where a record of a batch lies. */
type Place = { readonly run: number; readonly index: number; readonly position: string };

/**
 * Commits a batch's failures before any table commits (design 5.2). Records that the quarantine's progress has passed
 * come from an earlier attempt, perhaps under another definition: for those the quarantine is asked by origin, so that
 * a reading that it holds becomes no row, and a failure that it lacks is added. That makes a change of definition
 * between two attempts harmless without any trace of the definition in the tables.
 *
 * @param isHeld which of the quarantine's failures speak for their readings; all of them by default
 */
export async function quarantineFailures(
  runs: readonly ShardRun[],
  shares: readonly DecodedShare[],
  failures: BatchFailures,
  lake: Lake,
  isHeld?: Holds,
): Promise<Guarded> {
  if (failures.size === 0 && shares.length === 0) return { shares, quarantined: 0, races: 0 };
  const quarantine = await lake.open(QUARANTINE);
  const firsts = runs.map((run) => firstBeyondProgress(run, quarantine.state.txns));
  if (firsts.every((first) => first === 0)) {
    return { shares, ...(await writeFresh(quarantine, runs, failures, lake)) };
  }

  const places = locateRecords(runs);
  const passed = (ordinal: number) => places[ordinal]!.index < firsts[places[ordinal]!.run]!;
  const asked = [...failures.keys(), ...shares.flatMap((share) => share.ordinals)].some(passed);
  const held = asked ? await readHeld(quarantine, runs, firsts, isHeld) : [];
  const holds = (ordinal: number, table: string | null, index: number) => {
    const { run, position } = places[ordinal]!;
    return held[run]?.get(position)?.has(failureSubject(table, index)) ?? false;
  };

  const fresh: BatchFailures = new Map();
  const missed: BatchFailures = new Map();
  for (const [ordinal, list] of failures) {
    if (!passed(ordinal)) fresh.set(ordinal, list);
    else {
      const lacking = list.filter(
        ({ table, index }) => !holds(ordinal, table, index) && !holds(ordinal, table, -1),
      );
      if (lacking.length > 0) missed.set(ordinal, lacking);
    }
  }
  await writeMissed(quarantine, runs, missed, lake);
  const written = await writeFresh(quarantine, runs, fresh, lake);
  return {
    shares: shares.map((share) =>
      withoutHeld(share, (ordinal, path, index) => passed(ordinal) && holds(ordinal, path, index)),
    ),
    quarantined: missed.size + written.quarantined,
    races: written.races,
  };
}

async function writeFresh(
  quarantine: LakeTable,
  runs: readonly ShardRun[],
  fresh: BatchFailures,
  lake: Lake,
) {
  if (fresh.size === 0) return { quarantined: 0, races: 0 };
  const { rows, races } = await writeShare(shareOfFailures(quarantine, runs, fresh), runs, lake);
  return { quarantined: rows, races };
}

/** Adds failures behind progress. Two attempts that do so at once meet in the `txn` key, and one has to look again. */
async function writeMissed(
  quarantine: LakeTable,
  runs: readonly ShardRun[],
  missed: BatchFailures,
  lake: Lake,
): Promise<void> {
  if (missed.size === 0) return;
  const { batch, sortBy } = shareOfFailures(quarantine, runs, missed);
  const { partitionColumns } = quarantine.wish;
  const adds = await writeFiles(quarantine.store, batch, { partitionColumns, sortBy }, lake.deps);
  const txns = checkedTxns(runs, lake.deps.clock());
  const result = await commit(
    quarantine.store,
    { base: quarantine.state, operation: 'STREAMING UPDATE', adds, txns, reads: 'nothing' },
    lake.deps,
  );
  quarantine.state = result.state;
  if (result.kind === 'conflict') {
    throw new TributaryError('the quarantine was written by another attempt at the same batch', {
      retriable: true,
    });
  }
}

/** Keys in which those meet who add failures behind progress. */
export function checkedTxns(runs: readonly ShardRun[], now: number): SetTransaction[] {
  return runs.map((run) => ({ appId: `${progressKey(run.stream, run.shard)}/checked`, version: now }));
}

function readHeld(
  quarantine: LakeTable,
  runs: readonly ShardRun[],
  firsts: readonly number[],
  isHeld: Holds | undefined,
): Promise<HeldFailures[]> {
  const passed = runs.map((run, i) => ({ ...run, records: run.records.slice(0, firsts[i]) }));
  return Promise.all(passed.map((run) => readHeldFailures(quarantine, run, isHeld)));
}

function locateRecords(runs: readonly ShardRun[]): readonly Place[] {
  return runs.flatMap((run, number) =>
    run.records.map((record, index) => ({
      run: number,
      index,
      position: padPosition(run.stream.kind, record.position),
    })),
  );
}

/** The share without the rows of readings that stand in the quarantine already, be it alone or with their whole message. */
function withoutHeld(
  share: DecodedShare,
  holds: (ordinal: number, path: string, index: number) => boolean,
): DecodedShare {
  const { path } = share.table.wish;
  const indices = columnOf(share.batch, ORIGIN.index).values;
  const kept: number[] = [];
  share.ordinals.forEach((ordinal, row) => {
    if (!holds(ordinal, path, Number(indices[row])) && !holds(ordinal, path, -1)) kept.push(row);
  });
  if (kept.length === share.batch.length) return share;
  return {
    ...share,
    batch: selectRows(share.batch, Int32Array.from(kept)),
    ordinals: kept.map((row) => share.ordinals[row]!),
  };
}
