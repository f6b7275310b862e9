import type { AddFile } from '../delta/actions.ts';
import { locateFile } from '../delta/file-path.ts';
import { TributaryError } from '../errors.ts';
import type { SqlFile } from './sql-engine.ts';

/** A data file of a snapshot, for a query. Rejects files outside the table's own folder, which Tributary never writes. */
export function sqlFileOf(add: Pick<AddFile, 'path' | 'partitionValues' | 'size'>): SqlFile {
  const location = locateFile(add.path);
  if (location.kind === 'absolute') {
    throw new TributaryError(
      `data file ${location.url} lies outside its table: SQL reads files below the table only`,
    );
  }
  return { key: location.key, size: add.size, partitionValues: add.partitionValues };
}
