import { ORIGIN } from '../../src/columns/reserved.ts';
import { columnOf } from '../../src/columns/select.ts';
import { readFile } from '../../src/delta/index.ts';
import { QUARANTINE_PATH, QUARANTINE_SQL_NAME, sqlName, tablePath } from '../../src/fleet/index.ts';
import type { Fleet } from '../../src/fleet/model.ts';
import { readProgress } from '../../src/rollup/gold-progress.ts';
import { type ObjectStore, prefixedStore } from '../../src/stores/object-store.ts';
import { createLatencyWindow } from './latency.ts';
import type { Freshness, Latency, TableState } from './live-state.ts';
import { beginFollowing, type FollowedTable, followTable, type NewCommit } from './table-follower.ts';

/** What ingest calls its commits: rows that come back by origin were published long before. */
const INGEST_OPERATION = 'STREAMING UPDATE';

export type LakeState = {
  readonly tables: readonly TableState[];
  readonly openInQuarantine: number;
  readonly latency: Latency;
  /** of all tables, since the follower began */
  readonly commits: number;
  /** rows of the raw tables */
  readonly rows: number;
};

export type LakeFollower = {
  /** Takes in what was committed since the last call. A table that cannot be read says so in its state. */
  follow(): Promise<void>;
  state(now: number): LakeState;
};

type Followed = {
  readonly name: string;
  readonly path: string;
  readonly kind: TableState['kind'];
  readonly fleet: string | null;
  /** rollups: the path of what they are made from */
  readonly source: string | undefined;
  readonly store: ObjectStore;
  table: FollowedTable | undefined;
  fault: string | undefined;
};

/** Follows the logs of all tables of a lake, and reads from new data files how long their rows took. */
export function createLakeFollower(lake: ObjectStore, fleets: readonly Fleet[]): LakeFollower {
  const followed = listTables(fleets).map((each): Followed => {
    return { ...each, store: prefixedStore(lake, `${each.path}/`), table: undefined, fault: undefined };
  });
  const latency = createLatencyWindow();
  let commits = 0;

  async function follow(each: Followed): Promise<void> {
    try {
      if (each.table === undefined) {
        each.table = await beginFollowing(each.store);
      } else {
        for (const commit of await followTable(each.table, each.store)) {
          commits++;
          if (each.kind === 'table' && commit.operation === INGEST_OPERATION) await measure(each, commit);
        }
      }
      each.fault = undefined;
    } catch (error) {
      // a broken table is its own fault, and shown with it; the next look may find it mended
      each.fault = error instanceof Error ? error.message : String(error);
      each.table = undefined;
    }
  }

  async function measure({ store, table }: Followed, { adds, at }: NewCommit): Promise<void> {
    for (const add of adds) {
      const batch = await readFile(store, table!.snapshot, add, [ORIGIN.arrivedAt]);
      latency.add(columnOf(batch, ORIGIN.arrivedAt).values as BigInt64Array, at);
    }
  }

  return {
    async follow() {
      for (const each of followed) await follow(each);
    },
    state(now) {
      const byPath = new Map(followed.map((each) => [each.path, each]));
      const raw = followed.filter(({ kind }) => kind === 'table');
      return {
        tables: followed.map((each) => tableState(each, byPath)),
        openInQuarantine: byPath.get(QUARANTINE_PATH)?.table?.open ?? 0,
        latency: latency.read(now),
        commits,
        rows: raw.reduce((sum, { table }) => sum + (table?.rows ?? 0), 0),
      };
    },
  };
}

function listTables(
  fleets: readonly Fleet[],
): Pick<Followed, 'name' | 'path' | 'kind' | 'fleet' | 'source'>[] {
  const ofFleet = ({ name: fleet, tables, rollups }: Fleet) => [
    ...Object.keys(tables).map((name) => ({
      name: sqlName(fleet, name),
      path: tablePath(fleet, name),
      kind: 'table' as const,
      fleet,
      source: undefined,
    })),
    ...Object.values(rollups).map(({ name, source }) => ({
      name: sqlName(fleet, name),
      path: tablePath(fleet, name),
      kind: 'rollup' as const,
      fleet,
      source: tablePath(fleet, source),
    })),
  ];
  return [
    ...fleets.flatMap(ofFleet),
    {
      name: QUARANTINE_SQL_NAME,
      path: QUARANTINE_PATH,
      kind: 'quarantine',
      fleet: null,
      source: undefined,
    },
  ];
}

function tableState(
  { name, path, kind, fleet, source, table, fault }: Followed,
  byPath: ReadonlyMap<string, Followed>,
): TableState {
  const from = source === undefined ? undefined : byPath.get(source);
  return {
    name,
    path,
    kind,
    fleet,
    version: table?.version ?? null,
    rows: table?.rows ?? 0,
    files: table?.files.size ?? 0,
    bytes: table?.bytes ?? 0,
    lastOperation: table?.lastOperation ?? null,
    lastCommitAt: table?.lastCommitAt ?? null,
    freshness: from?.table === undefined ? null : freshnessOf(table, from.name, from.table),
    fault: fault ?? null,
  };
}

/** Gold names the source's version that it was made from; what was committed after that is what it lacks. */
function freshnessOf(gold: FollowedTable | undefined, source: string, from: FollowedTable): Freshness {
  const progress = gold === undefined ? undefined : readProgress(gold.txns, from.snapshot.metadata.id);
  const madeFrom = progress?.sourceVersion ?? null;
  const next = (madeFrom ?? -1) + 1;
  const behindSince = next > from.version ? null : (from.times.get(next) ?? from.lastCommitAt ?? null);
  return { source, sourceVersion: from.version, madeFrom, behindSince };
}
