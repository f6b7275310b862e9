import type { AddFile } from '../delta/actions.ts';
import { locateFile } from '../delta/file-path.ts';
import { TributaryError } from '../errors.ts';
import type { SqlFile } from '../sql/sql-engine.ts';

/** A file that the log names, added or removed. */
export type LoggedFile = Pick<AddFile, 'path' | 'deletionVector'> &
  Partial<Pick<AddFile, 'partitionValues' | 'size'>>;

/**
 * A data file as a query takes it. Refuses what Tributary never writes and the SQL engine would read wrongly: files outside the
 * table's own folder, and files of which some rows are deleted.
 */
export function sqlFileOf({ path, partitionValues = {}, size = 0, deletionVector }: LoggedFile): SqlFile {
  if (deletionVector !== undefined) {
    throw new TributaryError(
      `data file ${path} has a deletion vector: SQL reads files without; purge the table first`,
    );
  }
  const location = locateFile(path);
  if (location.kind === 'absolute') {
    throw new TributaryError(
      `data file ${location.url} lies outside its table: SQL reads files below the table only`,
    );
  }
  return { key: location.key, size, partitionValues };
}
