import { createBatchBuilder } from '../columns/builder.ts';
import type { ColumnBatch } from '../columns/column.ts';
import { concatBatches } from '../columns/select.ts';
import type { AddFile, SetTransaction } from '../delta/actions.ts';
import { commit } from '../delta/commit.ts';
import { fileFilter } from '../delta/prune.ts';
import { readFile } from '../delta/read-file.ts';
import { removeOf } from '../delta/remove.ts';
import { loadSnapshot, type Snapshot } from '../delta/snapshot.ts';
import { writeFiles } from '../delta/write-files.ts';
import { TributaryError } from '../errors.ts';
import { formatFailures, type StoredFailure } from './failures.ts';
import type { Lake } from './lake.ts';
import { type Place, rangesOf } from './places.ts';
import { isOpen, type QuarantineRow, readQuarantineRows } from './quarantine-rows.ts';
import { QUARANTINE, QUARANTINE_SORT } from './quarantine.ts';

/** A row's failures as they shall be; undefined leaves the row as it is. */
export type Change = (row: QuarantineRow) => readonly StoredFailure[] | undefined;

/** Lost races in a row after which a rewrite gives up for now. */
const MAX_RACES = 100;

export type RewriteReport = {
  /** rows that are resolved now, and were not */
  readonly resolved: number;
  /** where the rows stand now */
  readonly files: readonly AddFile[];
};

/**
 * Changes the failures of rows where they stand now, by rewriting their files in one commit. Where another was first,
 * with one of the files or one of the keys, everything is looked at again.
 */
export async function rewriteQuarantine(
  request: {
    /** where the rows stood when they were read */
    readonly files: readonly AddFile[];
    readonly places: readonly Place[];
    /** asked anew for each attempt: what it looks at is as new as what the commit stands on, or newer */
    readonly planChange: () => Promise<Change>;
    /** keys in which others who change the same have to meet this commit */
    readonly txns?: readonly SetTransaction[];
  },
  lake: Lake,
): Promise<RewriteReport> {
  if (request.places.length === 0) return { resolved: 0, files: request.files };
  const quarantine = await lake.open(QUARANTINE);
  for (let races = 0; races < MAX_RACES; races++) {
    const snapshot = await loadSnapshot(quarantine.store);
    if (snapshot === undefined) throw new TributaryError('the quarantine is gone');
    const change = await request.planChange();
    const now = lake.deps.clock();
    const touched: AddFile[] = [];
    const batches: ColumnBatch[] = [];
    const untouched: AddFile[] = [];
    let resolved = 0;
    for (const file of locateFiles(snapshot, request)) {
      const batch = await readFile(quarantine.store, snapshot, file);
      const rewritten = changeRows(batch, change, now);
      if (rewritten === undefined) {
        untouched.push(file);
        continue;
      }
      touched.push(file);
      batches.push(rewritten.batch);
      resolved += rewritten.resolved;
    }
    if (touched.length === 0) return { resolved, files: untouched };
    const { partitionColumns } = quarantine.wish;
    const adds = await writeFiles(
      quarantine.store,
      concatBatches(batches),
      { partitionColumns, sortBy: QUARANTINE_SORT },
      lake.deps,
    );
    const result = await commit(
      quarantine.store,
      {
        base: snapshot,
        operation: 'UPDATE',
        adds,
        removes: touched.map((file) => removeOf(file, now, true)),
        ...(request.txns === undefined ? {} : { txns: request.txns }),
        reads: { files: touched },
      },
      lake.deps,
    );
    quarantine.state = result.state;
    if (result.kind === 'committed') return { resolved, files: [...untouched, ...adds] };
  }
  throw new TributaryError(`the quarantine was rewritten by others ${MAX_RACES} times meanwhile; try again`, {
    retriable: true,
  });
}

/** The same files while they live; where one was rewritten, all that may hold the rows now. */
function locateFiles(
  snapshot: Snapshot,
  { files, places }: { readonly files: readonly AddFile[]; readonly places: readonly Place[] },
): readonly AddFile[] {
  const live = new Set(snapshot.files.map(({ path }) => path));
  return files.every(({ path }) => live.has(path))
    ? files
    : snapshot.files.filter(fileFilter(snapshot, rangesOf(places)));
}

function changeRows(
  batch: ColumnBatch,
  change: Change,
  now: number,
): { readonly batch: ColumnBatch; readonly resolved: number } | undefined {
  const changes = new Map<number, Readonly<Record<string, unknown>>>();
  let resolved = 0;
  readQuarantineRows(batch).forEach((row, number) => {
    const failures = change(row);
    if (failures === undefined) return;
    const values = describeRow(failures, now);
    if (isOpen(row) && values.resolved_at !== null) resolved++;
    changes.set(number, values);
  });
  if (changes.size === 0) return undefined;
  const rows = createBatchBuilder(batch.schema, batch.length);
  for (let row = 0; row < batch.length; row++)
    rows.appendRow({ ...valuesOf(batch, row), ...changes.get(row) });
  return { batch: rows.finish(), resolved };
}

/** What a row's failures make of its other columns: the first that is open speaks for the message. */
function describeRow(failures: readonly StoredFailure[], now: number) {
  const open = failures.find(({ resolution }) => resolution === undefined);
  const text = { failures: formatFailures(failures) };
  if (open !== undefined) {
    return { ...text, reason: open.reason, detail: open.detail, resolved_at: null, resolution: null };
  }
  const replayed = failures.some(({ resolution }) => resolution === 'replayed');
  return { ...text, resolved_at: now, resolution: replayed ? 'replayed' : 'discarded' };
}

function valuesOf({ schema, columns }: ColumnBatch, row: number): Record<string, unknown> {
  return Object.fromEntries(
    columns.map(({ kind, values, validity }, i) => {
      const value = validity?.[row] === 0 ? null : values[row];
      return [schema.fields[i]!.name, kind === 'boolean' && value !== null ? value === 1 : value];
    }),
  );
}
