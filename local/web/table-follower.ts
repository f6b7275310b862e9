import { stat } from 'node:fs/promises';
import type { Action, AddFile } from '../../src/delta/actions.ts';
import { readCommit } from '../../src/delta/read-commits.ts';
import { loadSnapshot, type Snapshot } from '../../src/delta/snapshot.ts';
import { parseStats } from '../../src/delta/stats.ts';
import type { ObjectStore } from '../../src/stores/object-store.ts';

/** Commits whose times are remembered, to say since when a rollup is behind. */
const REMEMBERED = 5_000;

/** A commit that was seen when it came. `at`: when it was there for everybody, milliseconds. */
export type NewCommit = {
  readonly version: number;
  readonly at: number;
  readonly operation: string | undefined;
  readonly adds: readonly AddFile[];
};

/** A table whose log is followed commit by commit: what its newest version comes to, without reading the log again. */
export type FollowedTable = {
  /** the last whole look at it: what is needed to read data files */
  snapshot: Snapshot;
  version: number;
  rows: number;
  bytes: number;
  /** rows whose `resolved_at` is null: of use for the quarantine */
  open: number;
  lastOperation: string | undefined;
  lastCommitAt: number | undefined;
  readonly files: Map<string, FileFacts>;
  readonly txns: Map<string, number>;
  /** version -> when it was committed */
  readonly times: Map<number, number>;
};

type FileFacts = { readonly rows: number; readonly bytes: number; readonly open: number };

/** Reads the whole log; undefined where there is no table. `store`: the table's own. */
export async function beginFollowing(store: ObjectStore): Promise<FollowedTable | undefined> {
  const snapshot = await loadSnapshot(store);
  if (snapshot === undefined) return undefined;
  const table: FollowedTable = {
    snapshot,
    version: snapshot.version,
    rows: 0,
    bytes: 0,
    open: 0,
    lastOperation: undefined,
    lastCommitAt: undefined,
    files: new Map(),
    txns: new Map(snapshot.txns),
    times: new Map(),
  };
  for (const file of snapshot.files) addFile(table, file);
  const actions = await readCommit(store, snapshot.version);
  if (actions !== undefined) await noteCommit(table, store, snapshot.version, actions);
  return table;
}

/** Takes in what was committed since. */
export async function followTable(table: FollowedTable, store: ObjectStore): Promise<readonly NewCommit[]> {
  const commits: NewCommit[] = [];
  for (;;) {
    const version = table.version + 1;
    const actions = await readCommit(store, version);
    if (actions === undefined) return commits;
    const adds: AddFile[] = [];
    for (const action of actions) {
      if ('add' in action) {
        addFile(table, action.add);
        if (action.add.dataChange) adds.push(action.add);
      } else if ('remove' in action) dropFile(table, action.remove.path);
      else if ('txn' in action) table.txns.set(action.txn.appId, action.txn.version);
      else if ('metaData' in action)
        table.snapshot = (await loadSnapshot(store, { version })) ?? table.snapshot;
    }
    table.version = version;
    const at = await noteCommit(table, store, version, actions);
    commits.push({ version, at, operation: table.lastOperation, adds });
  }
}

async function noteCommit(
  table: FollowedTable,
  store: ObjectStore,
  version: number,
  actions: readonly Action[],
): Promise<number> {
  const info = actions.flatMap((action) => ('commitInfo' in action ? [action.commitInfo] : []))[0];
  const at = (await fileTime(store, version)) ?? info?.timestamp ?? 0;
  table.lastOperation = info?.operation;
  table.lastCommitAt = at;
  table.times.set(version, at);
  if (table.times.size > REMEMBERED) table.times.delete(table.times.keys().next().value!);
  return at;
}

/** In a folder the file's own time is the moment nearest to its being there; the commit names the time before its writing. */
async function fileTime(store: ObjectStore, version: number): Promise<number | undefined> {
  const path = store.localPath?.(`_delta_log/${String(version).padStart(20, '0')}.json`);
  return path === undefined ? undefined : (await stat(path)).mtimeMs;
}

function addFile(table: FollowedTable, file: AddFile): void {
  dropFile(table, file.path);
  const { numRecords = 0, nullCount } = parseStats(file);
  const rows = numRecords - (file.deletionVector?.cardinality ?? 0);
  const facts = { rows, bytes: file.size, open: Number(nullCount?.['resolved_at'] ?? 0) };
  table.files.set(file.path, facts);
  table.rows += rows;
  table.bytes += facts.bytes;
  table.open += facts.open;
}

function dropFile(table: FollowedTable, path: string): void {
  const known = table.files.get(path);
  if (known === undefined) return;
  table.files.delete(path);
  table.rows -= known.rows;
  table.bytes -= known.bytes;
  table.open -= known.open;
}
