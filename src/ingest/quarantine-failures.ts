import { ORIGIN } from '../columns/reserved.ts';
import { columnOf, selectRows } from '../columns/select.ts';
import { commit } from '../delta/commit.ts';
import { writeFiles } from '../delta/write-files.ts';
import { TributaryError } from '../errors.ts';
import { padPosition } from '../streams/position.ts';
import type { ShardRun } from '../streams/stream.ts';
import { assertNotSuperseded, type Epochs } from './epochs.ts';
import { type BatchFailures, failureSubject } from './failures.ts';
import { type HeldFailures, type Holds, readHeldFailures } from './held-failures.ts';
import { type Lake, type LakeTable, reconcile } from './lake.ts';
import { openForRuns } from './meet-shards.ts';
import { checkedTxns, describeProgress, firstBeyondProgress, progressTxns } from './progress.ts';
import { QUARANTINE, shareOfFailures } from './quarantine.ts';
import type { DecodedShare } from './table-share.ts';

/** Lost races in a row after which the batch is handed back to the event source, which tries again later. */
const MAX_RACES = 100;

/** A batch after its failures are safe: what the tables may commit now. */
export type Guarded = {
  readonly shares: readonly DecodedShare[];
  readonly quarantined: number;
  readonly races: number;
};

/** Where a record of a batch lies. */
type Place = { readonly run: number; readonly index: number; readonly position: string };

type Batch = {
  readonly runs: readonly ShardRun[];
  readonly shares: readonly DecodedShare[];
  readonly failures: BatchFailures;
  readonly isHeld?: Holds | undefined;
};

/** What the quarantine lacks of a batch, and what it leaves to the tables. */
type Plan = {
  /** for each run the first record beyond the quarantine's progress */
  readonly firsts: readonly number[];
  readonly shares: readonly DecodedShare[];
  readonly lacking: BatchFailures;
  /** whether some of what is lacking lies beyond progress, and some behind it */
  readonly beyond: boolean;
  readonly behind: boolean;
};

/**
 * Commits a batch's failures before any table commits (design 5.2). Records that the quarantine's progress has passed
 * come from another attempt, perhaps under another definition: for those the quarantine is asked by origin, so that
 * a reading that it holds becomes no row, and a failure that it lacks is added. That makes a change of definition
 * between two attempts harmless without any trace of the definition in the tables.
 *
 * Progress may move while the batch is under way too. Whoever moved it judged the same records, perhaps otherwise: that
 * they were passed does not say that their failures are there, so the batch is planned anew.
 *
 * @param isHeld which of the quarantine's failures speak for their readings; all of them by default
 */
export async function quarantineFailures(
  runs: readonly ShardRun[],
  shares: readonly DecodedShare[],
  failures: BatchFailures,
  epochs: Epochs,
  lake: Lake,
  isHeld?: Holds,
): Promise<Guarded> {
  if (failures.size === 0 && shares.length === 0) return { shares, quarantined: 0, races: 0 };
  const quarantine = await openForRuns(runs, QUARANTINE, lake);
  for (let races = 0; races < MAX_RACES; races++) {
    assertNotSuperseded(quarantine, runs, epochs, lake);
    const plan = await planQuarantine({ runs, shares, failures, isHeld }, quarantine);
    const quarantined = plan.lacking.size;
    if (quarantined === 0 || (await commitFailures(quarantine, runs, plan, lake))) {
      return { shares: plan.shares, quarantined, races };
    }
    await reconcile(quarantine, lake.deps);
  }
  throw new TributaryError(
    `the quarantine: lost ${MAX_RACES} commit races in a row; widen the batch window`,
    {
      retriable: true,
    },
  );
}

async function planQuarantine(
  { runs, shares, failures, isHeld }: Batch,
  quarantine: LakeTable,
): Promise<Plan> {
  const firsts = runs.map((run) => firstBeyondProgress(run, quarantine.state.txns));
  const untouched = { firsts, shares, lacking: failures, beyond: true, behind: false };
  if (firsts.every((first) => first === 0)) return untouched;
  const places = locateRecords(runs);
  const passed = (ordinal: number) => places[ordinal]!.index < firsts[places[ordinal]!.run]!;
  const asked = [...failures.keys(), ...shares.flatMap((share) => share.ordinals)].some(passed);
  if (!asked) return untouched;

  const held = await readHeld(quarantine, runs, firsts, isHeld);
  const holds = (ordinal: number, table: string | null, index: number) => {
    const { run, position } = places[ordinal]!;
    return held[run]?.get(position)?.has(failureSubject(table, index)) ?? false;
  };
  const lacking: BatchFailures = new Map();
  for (const [ordinal, list] of failures) {
    const missed = passed(ordinal)
      ? list.filter(({ table, index }) => !holds(ordinal, table, index) && !holds(ordinal, table, -1))
      : list;
    if (missed.length > 0) lacking.set(ordinal, missed);
  }
  return {
    firsts,
    shares: shares.map((share) =>
      withoutHeld(share, (ordinal, path, index) => passed(ordinal) && holds(ordinal, path, index)),
    ),
    lacking,
    beyond: [...lacking.keys()].some((ordinal) => !passed(ordinal)),
    behind: [...lacking.keys()].some(passed),
  };
}

/**
 * One commit for what is lacking; false where another attempt at the same records was faster. Two that add failures
 * behind progress meet in a `txn` key of their own.
 */
async function commitFailures(
  quarantine: LakeTable,
  runs: readonly ShardRun[],
  { firsts, lacking, beyond, behind }: Plan,
  lake: Lake,
): Promise<boolean> {
  const { batch, sortBy } = shareOfFailures(quarantine, runs, lacking);
  const { partitionColumns } = quarantine.wish;
  const adds = await writeFiles(quarantine.store, batch, { partitionColumns, sortBy }, lake.deps);
  const advanced = beyond ? runs.filter((run, i) => firsts[i]! < run.records.length) : [];
  const checked = behind ? checkedTxns(runs, lake.deps.clock()) : [];
  const result = await commit(
    quarantine.store,
    {
      base: quarantine.state,
      operation: 'STREAMING UPDATE',
      adds,
      txns: [...advanced.flatMap(progressTxns), ...checked],
      info: { operationParameters: { progress: describeProgress(advanced) } },
      reads: 'nothing',
    },
    lake.deps,
  );
  quarantine.state = result.state;
  return result.kind === 'committed';
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
