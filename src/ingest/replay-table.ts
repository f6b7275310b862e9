import type { TableDecoder } from '../decode/decoder.ts';
import type { SetTransaction } from '../delta/actions.ts';
import { commit } from '../delta/commit.ts';
import { loadSnapshot } from '../delta/snapshot.ts';
import type { TableState } from '../delta/table-state.ts';
import { writeFiles } from '../delta/write-files.ts';
import { TributaryError } from '../errors.ts';
import { comparePositions, decodeProgress } from '../streams/position.ts';
import type { ShardRun } from '../streams/stream.ts';
import { type HeldOrigins, readHeldOrigins } from './held-origins.ts';
import { type Lake, type LakeTable, reconcile } from './lake.ts';
import { gatherRuns, type Place, placeKey } from './places.ts';
import { assertNotSuperseded, type Epochs, fenceTable, needsFence, NO_EPOCHS } from './epochs.ts';
import { arrivalTxn, nextReplay, progressTxns } from './progress.ts';
import { decodeReturned, type Returned, type ReturnedOutcome } from './returned-readings.ts';

/** Lost races in a row after which a replay gives up for now. */
const MAX_RACES = 100;
const NONE: ReadonlySet<number> = new Set();

export type TableReplay = {
  /** committed by this call */
  readonly rows: number;
  /** in the order of what was returned */
  readonly outcomes: readonly ReturnedOutcome[];
};

/** Records that an event source may still be bringing, beside a replay of them. */
export type ReplayTurn = {
  readonly runs: readonly ShardRun[];
  readonly epochs: Epochs;
  /**
   * runs that the event source is done with: the table's progress moves past them in the same commit, so that an attempt at
   * the same batch that was still on its way finds them taken care of
   */
  readonly passed: readonly ShardRun[];
};

/** What is replayed stands in the quarantine already, where every attempt at it sees it. */
export const NO_TURN: ReplayTurn = { runs: [], epochs: NO_EPOCHS, passed: [] };

/**
 * Brings readings back into one table by their origins (design 5.15), in one commit, leaving out those that it holds.
 * All replays of a table share one `txn` key: of two at a time one loses, and looks again at what the table holds.
 *
 * @throws TableRefusedError where the table cannot be written for good
 */
export async function replayIntoTable(
  table: LakeTable,
  returned: readonly Returned[],
  deps: { readonly lake: Lake; readonly decoder: TableDecoder },
  { runs, epochs, passed }: ReplayTurn = NO_TURN,
): Promise<TableReplay> {
  const { lake, decoder } = deps;
  const places = returned.map(({ place }) => place);
  for (let races = 0; races < MAX_RACES; races++) {
    const snapshot = await loadSnapshot(table.store);
    if (snapshot === undefined) throw new TributaryError(`table ${table.wish.path} is gone`);
    table.state = snapshot;
    await reconcile(table, lake.deps);
    // what a change of the schema moved past is not in the snapshot
    if (table.state.version !== snapshot.version) continue;
    assertNotSuperseded(table, runs, epochs, lake);
    if (needsFence(table, runs, epochs)) {
      await fenceTable(table, runs, epochs, lake);
      continue;
    }

    const held = await readHeldOrigins(table.store, snapshot, places);
    const { batch, outcomes } = decodeLacking(returned, held, decoder);
    if (batch.length === 0) return { rows: 0, outcomes };
    const { partitionColumns } = table.wish;
    const { sortBy } = decoder.table;
    const adds = await writeFiles(table.store, batch, { partitionColumns, sortBy }, lake.deps);
    const result = await commit(
      table.store,
      {
        base: snapshot,
        operation: 'REPLAY',
        adds,
        txns: [nextReplay(snapshot), ...passTxns(snapshot, places, passed)],
        reads: 'nothing',
      },
      lake.deps,
    );
    table.state = result.state;
    if (result.kind === 'committed') return { rows: batch.length, outcomes };
  }
  throw new TributaryError(`table ${table.wish.path}: lost ${MAX_RACES} races of replays in a row`, {
    retriable: true,
  });
}

/**
 * Keys by which an attempt at the same records loses against a replay: progress moves where the event source is done with
 * them. Where it is not, progress stays for the readings around them, and its arrival is only written again.
 */
export function passTxns(
  { txns }: TableState,
  places: readonly Place[],
  passed: readonly ShardRun[],
): SetTransaction[] {
  const beyond = (run: ShardRun) => {
    const progress = decodeProgress(run.stream, run.shard, txns);
    return progress === undefined || comparePositions(run.records.at(-1)!.position, progress) > 0;
  };
  if (passed.length > 0) return passed.filter(beyond).flatMap(progressTxns);
  // no event source brings what a rule could not put on the stream
  return gatherRuns(places.filter(({ stream }) => stream.kind !== 'iot-error'))
    .filter(beyond)
    .map((run) => arrivalTxn(run, txns));
}

function decodeLacking(returned: readonly Returned[], held: HeldOrigins, decoder: TableDecoder) {
  const rows = decoder.newBatch(returned.length);
  const outcomes = returned.map((each) =>
    decodeReturned(each, held.get(placeKey(each.place)) ?? NONE, decoder, rows),
  );
  return { batch: rows.finish(), outcomes };
}
