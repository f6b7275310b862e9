import type { AddFile } from '../delta/actions.ts';
import type { LoggedFile } from '../lake/sql-file.ts';
import { parseStats } from '../delta/stats.ts';

/** How much of a source one invocation takes on: rows, and bytes of the files that they stand in. */
export type Limit = { readonly rows: number; readonly bytes: number };

/**
 * What a function of 3,008 MB reads in a few of its fifteen minutes, a quarter of what its disk holds. Windows are not cut, so one
 * window may mean more.
 */
export const LIMIT: Limit = { rows: 8_000_000, bytes: 2 ** 30 };

/** What files mean to whoever reads them, as a share of the limit. */
export function loadOf(files: readonly LoggedFile[], { rows, bytes }: Limit): number {
  let [allRows, allBytes] = [0, 0];
  for (const file of files) {
    allRows += 'stats' in file ? (parseStats(file as AddFile).numRecords ?? 0) : 0;
    allBytes += file.size ?? 0;
  }
  return Math.max(allRows / rows, allBytes / bytes);
}
