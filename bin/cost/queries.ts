import { type Line, linesOf } from './lines.ts';
import type { Workload } from './workload.ts';

/** Athena's least a query, bytes. */
const LEAST_SCANNED = 10 * 1024 ** 2;
const TB = 1024 ** 4;
/** A file of Parquet is read by its footer and some row groups. */
const GETS_PER_FILE = 4;
/** Files of a day of one table, after compaction. */
const FILES_PER_DAY = 4;

/** Questions over whole days of one table: all of its columns, which is the worst. `bytesPerDay` is of all tables. */
export function queryLines(
  { queries, scanDays, tables, spiceGb }: Pick<Workload, 'queries' | 'scanDays' | 'tables' | 'spiceGb'>,
  bytesPerDay: number,
): Line[] {
  const scanned = Math.max(LEAST_SCANNED, (bytesPerDay / tables) * scanDays);
  return linesOf('queries', {
    athena: (queries * scanned) / TB,
    s3Get: queries * Math.ceil(scanDays) * FILES_PER_DAY * GETS_PER_FILE,
    spice: spiceGb,
  });
}
