import { TributaryError } from '../errors.ts';
import type { SetTransaction } from '../delta/actions.ts';
import type { TableState } from '../delta/table-state.ts';
import { comparePositions, decodeProgress, encodeProgress, progressKey } from '../streams/position.ts';
import type { ShardRun, StreamRecord } from '../streams/stream.ts';

/**
 * A record at or below progress that arrived this much later than the record at progress cannot come from the same
 * stream: positions and arrival times grow together along a shard, but for the clocks of the stream's own hosts.
 */
const ARRIVAL_SLACK_MS = 5 * 60_000;

/** The `txn` under which a table counts its replays. */
const REPLAY = 'replay';

/** The `txn` under which a table keeps the arrival time (ms) of the record at progress. */
function arrivalKey(run: ShardRun): string {
  return `${progressKey(run.stream, run.shard)}/arrived_at`;
}

/** The `txn` actions that move a table's progress to the end of a run, in the same commit as the run's rows (design 5.2). */
export function progressTxns(run: ShardRun): SetTransaction[] {
  const last = run.records.at(-1);
  if (last === undefined) return [];
  return [
    ...encodeProgress(run.stream, run.shard, last.position),
    { appId: arrivalKey(run), version: Math.floor(last.arrivedAt) },
  ];
}

/** The positions for people, whole: in `txn` they may be split into limbs. */
export function describeProgress(runs: readonly ShardRun[]): string {
  return JSON.stringify(
    Object.fromEntries(
      runs.map((run) => [`${run.stream.kind}/${run.stream.id}/${run.shard}`, run.records.at(-1)!.position]),
    ),
  );
}

/** Says the arrival of the record at progress once more (0 where there is none): who moves progress meanwhile conflicts. */
export function arrivalTxn(run: ShardRun, txns: ReadonlyMap<string, number>): SetTransaction {
  const appId = arrivalKey(run);
  return { appId, version: txns.get(appId) ?? 0 };
}

/** Keys in which those meet who add failures behind progress. */
export function checkedTxns(runs: readonly ShardRun[], now: number): SetTransaction[] {
  return runs.map((run) => ({ appId: `${progressKey(run.stream, run.shard)}/checked`, version: now }));
}

/** What every replay of a table writes, so that two of them conflict. */
export function nextReplay({ txns }: TableState): SetTransaction {
  return { appId: REPLAY, version: replaysIn(txns) + 1 };
}

/** How many replays a table has seen. */
export function replaysIn(txns: ReadonlyMap<string, number>): number {
  return txns.get(REPLAY) ?? 0;
}

/** Index of the first record of the run that lies beyond the progress which `txns` hold. */
export function firstBeyondProgress(run: ShardRun, txns: ReadonlyMap<string, number>): number {
  const progress = decodeProgress(run.stream, run.shard, txns);
  if (progress === undefined) return 0;
  const arrived = txns.get(arrivalKey(run));
  let first = 0;
  for (const record of run.records) {
    if (comparePositions(record.position, progress) > 0) break;
    if (arrived !== undefined) assertSameStream(run, record, progress, arrived);
    first++;
  }
  return first;
}

/** Design 5.13: progress belongs to one stream; a stream made anew under the same identity must not be skipped silently. */
function assertSameStream(run: ShardRun, record: StreamRecord, progress: string, arrived: number): void {
  if (record.arrivedAt <= arrived + ARRIVAL_SLACK_MS) return;
  throw new TributaryError(
    `record ${record.position} of ${progressKey(run.stream, run.shard)} arrived ${new Date(record.arrivedAt).toISOString()}, ` +
      `yet the table already passed position ${progress}, which arrived ${new Date(arrived).toISOString()}: ` +
      'the stream was made anew under the same identity; give it a new one',
  );
}
