import type { AddFile, PartitionValues } from './actions.ts';
import type { Snapshot } from './snapshot.ts';
import { parseStats } from './stats.ts';

/** A file of this part of the target is large enough. */
const LARGE_ENOUGH = 0.75;
/** Where work is spared, fewer files than these are not worth a commit. */
const THRIFTY_FILES = 4;
/** Target sizes that one commit takes on at most. */
const TARGETS_PER_JOB = 8;

export type OptimizeGoals = {
  readonly targetBytes: number;
  readonly targetRows: number;
  /** only partitions that were last written to before this time, in ms */
  readonly closedBefore: number | undefined;
  /**
   * Leaves a file alone that is larger than all smaller ones together, so that a partition which grows is not written anew
   * again and again: a row is moved as often as its file doubles.
   */
  readonly thrifty: boolean;
};

/** Small files of one partition that become few. */
export type OptimizeJob = { readonly partitionValues: PartitionValues; readonly files: readonly AddFile[] };

/** What there is to do, the most files first. Nothing where it has been done: what a job leaves is large, or one file. */
export function planOptimize(snapshot: Snapshot, goals: OptimizeGoals): OptimizeJob[] {
  const jobs: OptimizeJob[] = [];
  for (const [partitionValues, all] of groupByPartition(snapshot)) {
    const written = all.reduce((latest, add) => Math.max(latest, add.modificationTime), 0);
    if (goals.closedBefore !== undefined && written >= goals.closedBefore) continue;
    const small = all.filter((add) => isSmall(add, goals)).sort((a, b) => a.size - b.size);
    const files = goals.thrifty ? withoutDominant(small) : small;
    if (files.length < (goals.thrifty ? THRIFTY_FILES : 2)) continue;
    for (const part of splitJob(files, goals)) jobs.push({ partitionValues, files: part });
  }
  return jobs.sort((a, b) => b.files.length - a.files.length);
}

/** In the order of the table's partition columns, with one spelling of null. */
function groupByPartition({ files, metadata }: Snapshot): Iterable<[PartitionValues, AddFile[]]> {
  const groups = new Map<string, [PartitionValues, AddFile[]]>();
  for (const add of files) {
    const values = Object.fromEntries(
      metadata.partitionColumns.map((name) => [name, add.partitionValues[name] || null]),
    );
    const key = JSON.stringify(values);
    const group = groups.get(key) ?? [values, []];
    group[1].push(add);
    groups.set(key, group);
  }
  return groups.values();
}

function isSmall(add: AddFile, { targetBytes, targetRows }: OptimizeGoals): boolean {
  const { numRecords = 0 } = parseStats(add);
  return add.size < LARGE_ENOUGH * targetBytes && numRecords < LARGE_ENOUGH * targetRows;
}

/** @param files smallest first */
function withoutDominant(files: readonly AddFile[]): readonly AddFile[] {
  let count = files.length;
  let others = files.reduce((sum, { size }) => sum + size, 0);
  while (count > 0) {
    const largest = files[count - 1]!.size;
    others -= largest;
    if (largest <= others) break;
    count--;
  }
  return files.slice(0, count);
}

/** By time of writing, so that a job's files are neighbours; the last one takes what would be a job of one file. */
function splitJob(files: readonly AddFile[], { targetBytes }: OptimizeGoals): AddFile[][] {
  const jobs: AddFile[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const add of files.toSorted((a, b) => a.modificationTime - b.modificationTime)) {
    if (bytes >= TARGETS_PER_JOB * targetBytes) {
      jobs.push([]);
      bytes = 0;
    }
    jobs.at(-1)!.push(add);
    bytes += add.size;
  }
  if (jobs.length > 1 && jobs.at(-1)!.length === 1) jobs.at(-2)!.push(...jobs.pop()!);
  return jobs;
}
