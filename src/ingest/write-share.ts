import { selectRows } from '../columns/select.ts';
import type { AddFile } from '../delta/actions.ts';
import { commit } from '../delta/commit.ts';
import { writeFiles } from '../delta/write-files.ts';
import { TributaryError } from '../errors.ts';
import type { ShardRun } from '../streams/stream.ts';
import { assertNotSuperseded, type Epochs, epochTxns } from './epochs.ts';
import { type Lake, reconcile } from './lake.ts';
import { describeProgress, firstBeyondProgress, progressTxns, replaysIn } from './progress.ts';
import type { DecodedShare } from './table-share.ts';

/** Lost races in a row after which the batch is handed back to the event source, which tries again later. */
const MAX_RACES = 100;

/** What became of a share: rows that this call committed, and lost races on the way. */
export type WriteReport = { readonly rows: number; readonly files: number; readonly races: number };

/**
 * Commits a share's rows together with the progress of every run (design 5.2). Files are prepared once and committed
 * as often as it takes; they are prepared anew only where a rival moved the progress into the batch (design 5.5).
 * Rejects with `TableRefusedError` where the table cannot be written for good.
 */
export async function writeShare(
  share: DecodedShare,
  runs: readonly ShardRun[],
  epochs: Epochs,
  lake: Lake,
): Promise<WriteReport> {
  const { table } = share;
  let prepared: { readonly beyond: string; readonly rows: number; readonly adds: AddFile[] } | undefined;
  for (let races = 0; races < MAX_RACES; races++) {
    assertNotSuperseded(table, runs, epochs, lake);
    const firsts = runs.map((run) => firstBeyondProgress(run, table.state.txns));
    const beyond = firsts.join();
    if (prepared?.beyond !== beyond) {
      const batch = selectBeyond(share, runs, firsts);
      if (batch.length === 0) return { rows: 0, files: 0, races };
      const { partitionColumns } = table.wish;
      const adds = await writeFiles(
        table.store,
        batch,
        { partitionColumns, sortBy: share.sortBy },
        lake.deps,
      );
      prepared = { beyond, rows: batch.length, adds };
    }
    const advanced = runs.filter((run, i) => firsts[i]! < run.records.length);
    const replays = replaysIn(table.state.txns);
    const result = await commit(
      table.store,
      {
        base: table.state,
        operation: 'STREAMING UPDATE',
        adds: prepared.adds,
        txns: [...advanced.flatMap(progressTxns), ...epochTxns(table, advanced, epochs)],
        info: { operationParameters: { progress: describeProgress(advanced) } },
        reads: 'nothing',
      },
      lake.deps,
    );
    table.state = result.state;
    if (result.kind === 'committed') return { rows: prepared.rows, files: prepared.adds.length, races };
    await reconcile(table, lake.deps);
    if (replaysIn(table.state.txns) !== replays) {
      throw new TributaryError(
        `table ${table.wish.path}: a replay wrote readings of these records meanwhile; the batch has to be looked at again`,
        { retriable: true },
      );
    }
  }
  throw new TributaryError(
    `table ${table.wish.path}: lost ${MAX_RACES} commit races in a row; widen the batch window`,
    {
      retriable: true,
    },
  );
}

/** The share's rows whose records lie at or after `firsts[run]` in their run. */
function selectBeyond(share: DecodedShare, runs: readonly ShardRun[], firsts: readonly number[]) {
  const { batch, ordinals } = share;
  if (firsts.every((first) => first === 0)) return batch;
  const rows: number[] = [];
  let run = 0;
  let offset = 0;
  ordinals.forEach((ordinal, row) => {
    while (ordinal >= offset + runs[run]!.records.length) offset += runs[run++]!.records.length;
    if (ordinal - offset >= firsts[run]!) rows.push(row);
  });
  return rows.length === batch.length ? batch : selectRows(batch, Int32Array.from(rows));
}
