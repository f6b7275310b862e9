import type { AddFile } from '../delta/actions.ts';
import { readFile } from '../delta/read-file.ts';
import { loadSnapshot } from '../delta/snapshot.ts';
import { recordCount } from '../delta/stats.ts';
import type { LakeTable } from './lake.ts';
import {
  isOpen,
  isSelected,
  quarantineFiles,
  type QuarantineRow,
  type QuarantineSelection,
  readQuarantineRows,
} from './quarantine-rows.ts';

/** Rows that are dealt with together, and the files in which they stand. */
export type QuarantineStep = { readonly rows: readonly QuarantineRow[]; readonly files: readonly AddFile[] };

/** A step holds the rows of files up to these bounds: memory follows them. */
const STEP_ROWS = 20_000;
const STEP_BYTES = 32 * 1024 * 1024;

/**
 * The open rows that are selected, in the order of the log, a few files at a time: as of now, so that what is rewritten
 * between two steps is not met again.
 *
 * @param selection `limit`: of rows; all by default
 */
export async function* openQuarantineSteps(
  quarantine: LakeTable,
  selection: QuarantineSelection & { readonly limit?: number | undefined },
): AsyncGenerator<QuarantineStep> {
  const snapshot = await loadSnapshot(quarantine.store);
  if (snapshot === undefined) return;
  let left = selection.limit ?? Infinity;
  for (const files of groupFiles(quarantineFiles(snapshot, { since: selection.since, open: true }))) {
    const rows: QuarantineRow[] = [];
    for (const file of files) {
      for (const row of readQuarantineRows(await readFile(quarantine.store, snapshot, file))) {
        if (rows.length < left && isOpen(row) && isSelected(row, selection)) rows.push(row);
      }
    }
    left -= rows.length;
    if (rows.length > 0) yield { rows, files };
    if (left === 0) return;
  }
}

function* groupFiles(files: readonly AddFile[]): Iterable<readonly AddFile[]> {
  let group: AddFile[] = [];
  let rows = 0;
  let bytes = 0;
  for (const file of files) {
    if (group.length > 0 && (rows + recordCount(file) > STEP_ROWS || bytes + file.size > STEP_BYTES)) {
      yield group;
      group = [];
      rows = bytes = 0;
    }
    group.push(file);
    rows += recordCount(file);
    bytes += file.size;
  }
  if (group.length > 0) yield group;
}
