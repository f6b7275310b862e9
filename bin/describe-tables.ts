import { readCommits } from '../src/delta/read-commits.ts';
import { loadSnapshot } from '../src/delta/snapshot.ts';
import { recordCount } from '../src/delta/stats.ts';
import { lakePaths } from '../src/fleet/index.ts';
import type { Fleet } from '../src/fleet/model.ts';
import { type ObjectStore, prefixedStore } from '../src/stores/object-store.ts';

/** One table of the lake at its newest version. */
export type TableLine = {
  /** in the lake: `weather/observations` */
  readonly table: string;
  readonly version: number;
  readonly rows: number;
  readonly files: number;
  readonly bytes: number;
  readonly lastOperation: string | null;
  /** ISO, UTC */
  readonly lastCommit: string | null;
};

/** The tables of these fleets that the lake holds, the quarantine first. */
export async function describeTables(
  lake: ObjectStore,
  fleets: readonly Fleet[],
): Promise<readonly TableLine[]> {
  const lines: TableLine[] = [];
  for (const table of lakePaths(fleets)) {
    const line = await describeTable(table, prefixedStore(lake, `${table}/`));
    if (line !== undefined) lines.push(line);
  }
  return lines;
}

async function describeTable(table: string, store: ObjectStore): Promise<TableLine | undefined> {
  const snapshot = await loadSnapshot(store);
  if (snapshot === undefined) return undefined;
  const { version, files } = snapshot;
  let info: { readonly operation?: string; readonly timestamp?: number } = {};
  for await (const { actions } of readCommits(store, version, version)) {
    for (const action of actions) if ('commitInfo' in action) info = action.commitInfo;
  }
  return {
    table,
    version,
    rows: files.reduce((sum, file) => sum + recordCount(file), 0),
    files: files.length,
    bytes: files.reduce((sum, file) => sum + file.size, 0),
    lastOperation: info.operation ?? null,
    lastCommit: info.timestamp === undefined ? null : new Date(info.timestamp).toISOString(),
  };
}
