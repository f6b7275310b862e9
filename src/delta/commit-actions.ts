import type { Action, AddFile, CommitInfo, RemoveFile } from './actions.ts';
import type { CommitRequest } from './commit-request.ts';
import { DeltaError } from './errors.ts';
import { fileIdentity } from './file-path.ts';
import { recordCount } from './stats.ts';

export const ENGINE_INFO = 'Tributary/0.1.0';

/**
 * A request as the actions of a commit, `commitInfo` first.
 * @throws DeltaError where the request breaks a rule of the protocol that no race can mend
 */
export function commitActions(request: CommitRequest, txnId: string, timestamp: number): Action[] {
  const { adds = [], removes = [], txns = [], metadata } = request;
  assertSound(request);
  return [
    { commitInfo: commitInfo(request, txnId, timestamp) },
    ...(metadata === undefined ? [] : [{ metaData: metadata }]),
    ...txns.map((txn) => ({ txn: { lastUpdated: timestamp, ...txn } })),
    ...removes.map((remove) => ({ remove: removedAt(remove, timestamp) })),
    ...adds.map((add) => ({ add })),
  ];
}

/** From the commit on a file's retention counts, however long ago its removal was planned. */
function removedAt(remove: RemoveFile, timestamp: number): RemoveFile {
  return { ...remove, deletionTimestamp: Math.max(timestamp, remove.deletionTimestamp ?? 0) };
}

/** What conflict checkers of other engines go by, and what people read in a table's history. */
function commitInfo(request: CommitRequest, txnId: string, timestamp: number): CommitInfo {
  const { base, operation, adds = [], removes = [], metadata, info, reads } = request;
  return {
    timestamp,
    operation,
    operationParameters: info?.operationParameters ?? {},
    readVersion: base.version,
    isBlindAppend: reads === 'nothing' && removes.length === 0 && metadata === undefined,
    operationMetrics: { ...metricsOf(adds, removes.length), ...info?.operationMetrics },
    ...(info?.userMetadata === undefined ? {} : { userMetadata: info.userMetadata }),
    engineInfo: ENGINE_INFO,
    txnId,
  };
}

function metricsOf(adds: readonly AddFile[], removed: number): Record<string, string> {
  return {
    numFiles: String(adds.length),
    numOutputRows: String(adds.reduce((sum, add) => sum + recordCount(add), 0)),
    numOutputBytes: String(adds.reduce((sum, add) => sum + add.size, 0)),
    ...(removed === 0 ? {} : { numRemovedFiles: String(removed) }),
  };
}

function assertSound({ base, adds = [], removes = [], txns = [], metadata }: CommitRequest): void {
  const names = new Set<string>();
  const claim = (kind: string, name: string) => {
    if (names.has(name)) throw new DeltaError(`a commit names ${kind} ${name} twice`);
    names.add(name);
  };
  for (const txn of txns) claim('txn', txn.appId);
  for (const file of [...removes, ...adds]) claim('file', fileIdentity(file).trimEnd());
  const columns = [...(metadata ?? base.metadata).partitionColumns].sort().join();
  for (const { path, partitionValues } of adds) {
    const named = Object.keys(partitionValues).sort().join();
    if (named !== columns) {
      throw new DeltaError(
        `file ${path} has partition values of [${named}], the table is partitioned by [${columns}]`,
      );
    }
  }
  const appendOnly = base.metadata.configuration['delta.appendOnly'] === 'true';
  const deleted = removes.find(({ dataChange }) => dataChange);
  if (appendOnly && deleted !== undefined) {
    throw new DeltaError(`the table is append-only (delta.appendOnly): ${deleted.path} cannot be removed`);
  }
}
