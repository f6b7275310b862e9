import { UsageError } from '../errors.ts';
import type { ObjectInfo, ObjectStore } from '../stores/object-store.ts';
import type { DeltaDeps } from './deps.ts';
import { drain, mapInOrder } from './in-order.ts';
import { findSegment } from './log-segment.ts';
import { assertWritable } from './protocol.ts';
import { replayLog } from './replay.ts';
import { withRetries } from './retry.ts';
import { deletedFileRetention } from './table-properties.ts';
import { findWantedFiles, isDataFile, type WantedFiles } from './vacuum-scope.ts';

/** Files deleted at a time. */
const WIDTH = 16;

export type VacuumOptions = {
  /** ms; by default `delta.deletedFileRetentionDuration`, or 7 days */
  readonly retention?: number;
  /** takes a retention that is shorter than the table's, from somebody who knows every writer and reader of it */
  readonly force?: boolean;
  /** says what would be deleted, and deletes nothing */
  readonly dryRun?: boolean;
  /** deletes nothing more from this time on, in ms */
  readonly until?: number;
};

export type VacuumReport = {
  readonly version: number;
  /** ms */
  readonly retention: number;
  /** what nothing refers to any more */
  readonly files: readonly ObjectInfo[];
  readonly bytes: number;
  /** of these files; 0 in a dry run */
  readonly deleted: number;
  readonly complete: boolean;
};

/**
 * Deletes the data files that no version within the retention refers to, and that are older than it: removed ones, and what
 * crashed writers left behind. Versions before that can no longer be read. Nothing but data files and deletion vectors is
 * touched: not the log, nothing hidden, no table within the table. Undefined where there is no table.
 *
 * The retention must be longer than any writer takes from its first file to its commit, and than any reader reads.
 *
 * @throws UsageError for a retention that is too short, UnsupportedFeatureError where the table must not be written
 */
export async function vacuum(
  store: ObjectStore,
  options: VacuumOptions,
  deps: DeltaDeps,
): Promise<VacuumReport | undefined> {
  const { dryRun = false, until = Number.POSITIVE_INFINITY } = options;
  const now = deps.clock();
  const segment = await withRetries(() => findSegment(store), deps);
  if (segment === undefined) return undefined;
  const replay = await withRetries(() => replayLog(store, segment, now), deps);
  assertWritable(replay.state);
  const retention = checkRetention(deletedFileRetention(replay.state.metadata), options);
  const cutOff = now - retention;
  const wanted = await findWantedFiles(store, replay, cutOff, deps);
  const files = await withRetries(() => listUnwanted(store, wanted, cutOff), deps);
  let deleted = 0;
  if (!dryRun) {
    const deleteFile = async ({ key }: ObjectInfo) => {
      if (deps.clock() >= until) return;
      await withRetries(() => store.delete(key), deps);
      deleted++;
    };
    await drain(mapInOrder(files, WIDTH, deleteFile));
  }
  return {
    version: segment.version,
    retention,
    files,
    bytes: files.reduce((sum, { size }) => sum + size, 0),
    deleted,
    complete: deleted === files.length,
  };
}

function checkRetention(own: number, { retention = own, force = false }: VacuumOptions): number {
  if (!Number.isFinite(retention) || retention < 0)
    throw new UsageError(`a retention of ${retention} ms makes no sense: give 0 or more`);
  if (retention >= own || force) return retention;
  throw new UsageError(
    `a retention of ${hours(retention)} is shorter than the ${hours(own)} that the table keeps removed files ` +
      '(delta.deletedFileRetentionDuration): who still writes or reads could lose files; force it if nobody does',
  );
}

function hours(milliseconds: number): string {
  return `${Number((milliseconds / 3_600_000).toFixed(2))} h`;
}

async function listUnwanted(
  store: ObjectStore,
  wanted: WantedFiles,
  cutOff: number,
): Promise<readonly ObjectInfo[]> {
  const unwanted: ObjectInfo[] = [];
  const nested: string[] = [];
  for await (const info of store.list('')) {
    const log = info.key.indexOf('/_delta_log/');
    if (log >= 0 && nested.at(-1) !== info.key.slice(0, log + 1)) nested.push(info.key.slice(0, log + 1));
    if (info.modifiedAt >= cutOff || !isDataFile(info.key, wanted.partitionColumns)) continue;
    if (!wanted.isWanted(info.key)) unwanted.push(info);
  }
  return unwanted.filter(({ key }) => !nested.some((folder) => key.startsWith(folder)));
}
