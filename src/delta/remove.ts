import type { AddFile, RemoveFile } from './actions.ts';

/**
 * The action that takes a live file out of the table.
 * @param deletionTimestamp ms; from then on vacuum counts
 * @param dataChange false where the rows stay in the table in other files
 */
export function removeOf(add: AddFile, deletionTimestamp: number, dataChange: boolean): RemoveFile {
  const { path, partitionValues, size, deletionVector } = add;
  return {
    path,
    deletionTimestamp,
    dataChange,
    extendedFileMetadata: true,
    partitionValues,
    size,
    ...(deletionVector === undefined ? {} : { deletionVector }),
  };
}
