import { isDeepStrictEqual } from 'node:util';
import { ndjsonRows } from '../../src/columns/canonical.ts';
import { readFile } from '../../src/delta/read-file.ts';
import { loadSnapshot, type Snapshot } from '../../src/delta/snapshot.ts';
import { type ObjectStore, prefixedStore } from '../../src/stores/object-store.ts';
import type { Disk } from './disk.ts';
import { RETENTION_MS } from './housekeeping.ts';
import { addOf, auditLog, type LogAudit, type LoggedFile, type LoggedVersion } from './log-audit.ts';

/** A table of a schedule's end: its log, its newest snapshot, what is wrong with them. */
export type TableAudit = LogAudit & { readonly path: string; readonly snapshot: Snapshot };

/** The tables below the root, by where a log lies. */
export async function findTables(disk: ObjectStore): Promise<string[]> {
  const paths = new Set<string>();
  for await (const { key } of disk.list('')) {
    const at = key.indexOf('/_delta_log/');
    if (at >= 0) paths.add(key.slice(0, at));
  }
  return [...paths];
}

/** The log, the files, and the snapshots that our own reader makes of them, through checkpoints and without. */
export async function auditTable(disk: Disk, path: string): Promise<TableAudit> {
  const store = prefixedStore(disk, `${path}/`);
  // clean-up takes the beginning of the log: the audit remembers it
  const past = prefixedStore(disk.past, `${path}/`);
  const log = await auditLog(past);
  const problems = log.problems.map((problem) => `${path}: ${problem}`);
  const bad = (what: string) => void problems.push(`${path}: ${what}`);
  const snapshot = (await loadSnapshot(store))!;
  const newest = log.versions.at(-1)!;
  if (snapshot.version !== log.versions.length - 1) {
    bad(`the snapshot is of version ${snapshot.version}, the log ends with ${log.versions.length - 1}`);
  }
  compareSnapshot(snapshot, newest, bad);
  await auditCheckpoints(store, log, bad);
  await auditFiles(store, newest, bad);
  await auditLogFiles(store, log, bad);
  await auditDeletions(disk, path, log, bad);
  await auditRewrites(past, log, snapshot, bad);
  return { ...log, problems, path, snapshot };
}

type Bad = (what: string) => void;

function compareSnapshot(snapshot: Snapshot, logged: LoggedVersion, bad: Bad): void {
  const where = `the snapshot of version ${snapshot.version}`;
  const read = new Map(snapshot.files.map(({ path, size }) => [decodeURIComponent(path), size]));
  const live = new Map(Array.from(logged.files, ([path, { size }]) => [path, size]));
  if (!isDeepStrictEqual(read, live)) bad(`${where} has ${read.size} files, the log ${live.size}, or others`);
  if (!isDeepStrictEqual(snapshot.txns, logged.txns)) bad(`${where} has other txns than the log`);
  const { id, schemaString } = snapshot.metadata;
  if (id !== logged.metadata?.['id'] || schemaString !== logged.metadata?.['schemaString']) {
    bad(`${where} has another metaData than the log`);
  }
}

/** The snapshot of a checkpoint's version is read from that checkpoint alone. */
async function auditCheckpoints(store: ObjectStore, { versions }: LogAudit, bad: Bad): Promise<void> {
  const marks = new Set<number>();
  for await (const { key } of store.list('_delta_log/')) {
    const mark = /(\d{20})\.checkpoint\.parquet$/.exec(key);
    if (mark !== null) marks.add(Number(mark[1]));
  }
  for (const version of marks) {
    compareSnapshot((await loadSnapshot(store, { version }))!, versions[version]!, bad);
  }
  const hint = await store.get('_delta_log/_last_checkpoint');
  if (hint === undefined) return;
  const { version } = JSON.parse(new TextDecoder().decode(hint)) as { readonly version: number };
  if (!marks.has(version)) bad(`_last_checkpoint names version ${version}, which has none`);
}

/** What clean-up left begins with a checkpoint, or with version 0, and has no gap. */
async function auditLogFiles(store: ObjectStore, { versions }: LogAudit, bad: Bad): Promise<void> {
  const commits: number[] = [];
  let checkpoint: number | undefined;
  for await (const { key } of store.list('_delta_log/')) {
    const version = Number(/(\d{20})\./.exec(key)?.[1]);
    if (key.endsWith('.json') && Number.isFinite(version)) commits.push(version);
    if (key.endsWith('.checkpoint.parquet')) checkpoint ??= version;
  }
  const from = commits[0] === 0 ? 0 : (checkpoint ?? 0);
  for (let version = from; version < versions.length; version++) {
    if (!commits.includes(version))
      bad(`the commit of version ${version} is gone, with the log from ${from} on`);
  }
}

/** Commits are dated a little before they are there. */
const TOLERANCE_MS = 300_000;

/** What vacuum deleted had been removed a retention before, or written and never committed. */
async function auditDeletions(disk: Disk, path: string, log: LogAudit, bad: Bad): Promise<void> {
  const committedAt = new Map<number, number>();
  for await (const { key, modifiedAt } of disk.past.list(`${path}/_delta_log/`)) {
    committedAt.set(Number(/(\d{20})\.json$/.exec(key)?.[1]), modifiedAt);
  }
  for (const { key, writtenAt, at } of disk.deleted) {
    if (!key.startsWith(`${path}/`) || key.includes('/_delta_log/')) continue;
    const file = key.slice(path.length + 1);
    const removal = log.commits.findLast(({ removes }) => removes.some((remove) => remove.path === file));
    const since = removal === undefined ? writtenAt : committedAt.get(removal.version)!;
    if (at - since < RETENTION_MS - TOLERANCE_MS) {
      const what = removal === undefined ? 'it was written' : `version ${removal.version} removed it`;
      bad(`${file} was deleted ${Math.round((at - since) / 1000)} s after ${what}`);
    }
  }
}

async function auditFiles(store: ObjectStore, { files }: LoggedVersion, bad: Bad): Promise<void> {
  for (const { path, size } of files.values()) {
    const bytes = await store.get(path);
    if (bytes === undefined) bad(`${path} is live and missing`);
    else if (bytes.length !== size) bad(`${path} has ${bytes.length} bytes, its add says ${size}`);
  }
}

const REWRITES: ReadonlySet<string> = new Set(['OPTIMIZE', 'REPLACE']);

/** What moved rows to other files has moved these rows, and no others. */
async function auditRewrites(past: ObjectStore, log: LogAudit, snapshot: Snapshot, bad: Bad): Promise<void> {
  for (const commit of log.commits) {
    if (!REWRITES.has(commit.operation)) continue;
    const [taken, given] = await Promise.all([
      rowsOf(past, snapshot, commit.removes),
      rowsOf(past, snapshot, commit.adds),
    ]);
    if (!isDeepStrictEqual(taken, given)) {
      bad(`version ${commit.version} rewrites ${taken.length} rows as ${given.length}, or others`);
    }
  }
}

/** Every row of the files as text, sorted. */
async function rowsOf(
  past: ObjectStore,
  snapshot: Snapshot,
  files: readonly LoggedFile[],
): Promise<string[]> {
  const rows: string[] = [];
  for (const file of files) rows.push(...ndjsonRows(await readFile(past, snapshot, addOf(file))));
  return rows.sort();
}
