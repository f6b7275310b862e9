import type { ObjectStore } from '../stores/object-store.ts';
import type { AddFile } from './actions.ts';
import { commit } from './commit.ts';
import type { DeltaDeps } from './deps.ts';
import { DeltaError } from './errors.ts';
import { fileIdentity } from './file-path.ts';
import { type OptimizeGoals, type OptimizeJob, planOptimize } from './optimize-plan.ts';
import { assertWritable } from './protocol.ts';
import { removeOf } from './remove.ts';
import { withRetries } from './retry.ts';
import { rewriteFiles } from './rewrite-files.ts';
import { loadSnapshot, type Snapshot } from './snapshot.ts';
import { recordCount } from './stats.ts';
import { targetFileSize } from './table-properties.ts';
import { describeType } from './table-schema.ts';

/** Plans that others' commits undo, before a run leaves the rest to the next one. */
const MAX_CONFLICTS = 5;
const DEFAULT_TARGET_BYTES = 128 * 1024 * 1024;

export type OptimizeOptions = {
  /** bytes of a file; by default `delta.targetFileSize`, or 128 MB */
  readonly targetBytes?: number;
  /** rows of a file at most; no limit by default */
  readonly targetRows?: number;
  /** what the rows of a partition's new files are ordered by; in the order of the files by default */
  readonly sortBy?: readonly string[];
  /** only partitions that were not written to for so many ms */
  readonly closedFor?: number;
  /** leaves a file alone that is larger than all smaller ones of its partition together: for tables that are written to */
  readonly thrifty?: boolean;
  /** no work from this time on, in ms: what is left is left to the next run */
  readonly until?: number;
  /** says what would be done, and does nothing */
  readonly dryRun?: boolean;
};

export type OptimizeReport = {
  /** the newest version that the run knows of */
  readonly version: number;
  readonly commits: number;
  readonly filesRemoved: number;
  readonly bytesRemoved: number;
  /** 0 in a dry run */
  readonly filesAdded: number;
  readonly bytesAdded: number;
  readonly rows: number;
  /** rewrites that were given up, for others had taken their files meanwhile */
  readonly conflicts: number;
  /** false: there is more to do, for the next run */
  readonly complete: boolean;
};

/**
 * Puts small files together, partition by partition, each in a commit of its own: no row is added, lost or changed
 * (`dataChange: false`), deleted rows are left out for good. Files that are large enough stay as they are. Who comes
 * between wins: the rewrite of what a rival removed is given up, and planned anew. Undefined where there is no table.
 *
 * @throws UnsupportedFeatureError where the table must not be written, DeltaError where a sort column cannot be one
 */
export async function optimize(
  store: ObjectStore,
  options: OptimizeOptions,
  deps: DeltaDeps,
): Promise<OptimizeReport | undefined> {
  let snapshot = await withRetries(() => loadSnapshot(store), deps);
  if (snapshot === undefined) return undefined;
  assertWritable(snapshot);
  const sortBy = sortColumns(snapshot, options.sortBy ?? []);
  const isLate = () => options.until !== undefined && deps.clock() >= options.until;
  const goals = goalsOf(snapshot, options, deps.clock());
  const report = {
    version: snapshot.version,
    ...{ commits: 0, filesRemoved: 0, bytesRemoved: 0, filesAdded: 0, bytesAdded: 0, rows: 0, conflicts: 0 },
  };
  let jobs = planOptimize(snapshot, goals);
  if (options.dryRun === true) {
    for (const { files } of jobs) {
      report.filesRemoved += files.length;
      report.bytesRemoved += bytesOf(files);
    }
    return { ...report, complete: jobs.length === 0 };
  }
  for (;;) {
    const [job, ...others] = jobs;
    if (job === undefined) return { ...report, complete: true };
    const outcome = await runJob(store, snapshot, job, { ...goals, sortBy, isLate }, deps);
    if (outcome.kind === 'late') return { ...report, complete: false };
    if (outcome.kind === 'committed') count(report, job, outcome.adds);
    snapshot = (await withRetries(() => loadSnapshot(store), deps)) ?? snapshot;
    report.version = snapshot.version;
    if (outcome.kind === 'committed' && areLive(others, snapshot)) jobs = others;
    else if (++report.conflicts > MAX_CONFLICTS) return { ...report, complete: false };
    else jobs = planOptimize(snapshot, goals);
  }
}

type JobOutcome =
  | { readonly kind: 'committed'; readonly adds: readonly AddFile[] }
  | { readonly kind: 'conflict' }
  | { readonly kind: 'late' };

type JobSettings = OptimizeGoals & { readonly sortBy: readonly string[]; readonly isLate: () => boolean };

async function runJob(
  store: ObjectStore,
  snapshot: Snapshot,
  { files, partitionValues }: OptimizeJob,
  settings: JobSettings,
  deps: DeltaDeps,
): Promise<JobOutcome> {
  const { sortBy, targetBytes, isLate } = settings;
  if (isLate()) return { kind: 'late' };
  const adds = await rewriteFiles(store, snapshot, { files, partitionValues, ...settings }, deps);
  if (adds === undefined) return { kind: 'late' };
  const now = deps.clock();
  const result = await commit(
    store,
    {
      base: snapshot,
      operation: 'OPTIMIZE',
      adds,
      removes: files.map((add) => removeOf(add, now, false)),
      info: {
        operationParameters: { targetSize: targetBytes, sortBy: JSON.stringify(sortBy) },
        operationMetrics: {
          numRemovedBytes: String(bytesOf(files)),
          numAddedFiles: String(adds.length),
          numAddedBytes: String(bytesOf(adds)),
        },
      },
      reads: { files },
    },
    deps,
  );
  return result.kind === 'committed' ? { kind: 'committed', adds } : { kind: 'conflict' };
}

type Counts = { -readonly [Name in keyof OptimizeReport]: OptimizeReport[Name] };

function count(report: Omit<Counts, 'complete'>, { files }: OptimizeJob, adds: readonly AddFile[]): void {
  report.commits++;
  report.filesRemoved += files.length;
  report.bytesRemoved += bytesOf(files);
  report.filesAdded += adds.length;
  report.bytesAdded += bytesOf(adds);
  report.rows += adds.reduce((sum, add) => sum + recordCount(add), 0);
}

function areLive(jobs: readonly OptimizeJob[], snapshot: Snapshot): boolean {
  const live = new Set(snapshot.files.map(fileIdentity));
  return jobs.every(({ files }) => files.every((add) => live.has(fileIdentity(add))));
}

function bytesOf(files: readonly AddFile[]): number {
  return files.reduce((sum, { size }) => sum + size, 0);
}

function goalsOf({ metadata }: Snapshot, options: OptimizeOptions, now: number): OptimizeGoals {
  const { targetBytes, targetRows = Number.POSITIVE_INFINITY, closedFor, thrifty = false } = options;
  return {
    targetBytes: targetBytes ?? targetFileSize(metadata) ?? DEFAULT_TARGET_BYTES,
    targetRows,
    closedBefore: closedFor === undefined ? undefined : now - closedFor,
    thrifty,
  };
}

/** Partition columns are the same throughout a file: there is nothing to order by them. */
function sortColumns({ schema, metadata }: Snapshot, names: readonly string[]): string[] {
  for (const name of names) {
    const type = schema.fields.find((field) => field.name === name)?.type;
    if (type === undefined) {
      const known = schema.fields.map((field) => field.name).join(', ');
      throw new DeltaError(`rows cannot be ordered by ${name}: the table has no such column, but ${known}`);
    }
    if (typeof type !== 'string') {
      throw new DeltaError(`rows cannot be ordered by ${name}: ${describeType(type)} has no order`);
    }
  }
  return names.filter((name) => !metadata.partitionColumns.includes(name));
}
