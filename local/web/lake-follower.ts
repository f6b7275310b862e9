import { ORIGIN } from '../../src/columns/reserved.ts';
import { columnOf } from '../../src/columns/select.ts';
import { readFile } from '../../src/delta/read-file.ts';
import { QUARANTINE_PATH } from '../../src/fleet/index.ts';
import type { Fleet } from '../../src/fleet/model.ts';
import { lakeEntries } from '../../src/lake/lake-entries.ts';
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
        tables: followed.map((each) => tableState(each, followed)),
        openInQuarantine: byPath.get(QUARANTINE_PATH)?.table?.open ?? 0,
        latency: latency.read(now),
        commits,
        rows: raw.reduce((sum, { table }) => sum + (table?.rows ?? 0), 0),
      };
    },
  };
}

/** Raw tables first, then what is made of them, the quarantine last. */
function listTables(fleets: readonly Fleet[]): Pick<Followed, 'name' | 'path' | 'kind' | 'fleet'>[] {
  const [quarantine, ...entries] = lakeEntries(fleets);
  return [...entries, quarantine!].map(({ name, path }) => {
    const [first = '', below = ''] = path.split('/');
    const fleet = fleets.find((each) => each.name === first);
    return {
      name,
      path,
      kind: fleet === undefined ? 'quarantine' : kindOf(fleet, below),
      fleet: fleet?.name ?? null,
    };
  });
}

function kindOf(fleet: Fleet, name: string): TableState['kind'] {
  if (name in fleet.tables) return 'table';
  return name in fleet.rollups ? 'rollup' : 'model';
}

function tableState(
  { name, path, kind, fleet, table, fault }: Followed,
  all: readonly Followed[],
): TableState {
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
    freshness: table === undefined ? null : freshnessOf(table, all),
    fault: fault ?? null,
  };
}

/**
 * What is made of other tables names their versions in `txn` (design 5.8); what was committed after these is what it lacks. Of
 * several sources the one that it lacks longest.
 */
function freshnessOf(made: FollowedTable, all: readonly Followed[]): Freshness | null {
  let found: Freshness | null = null;
  for (const { name, table: from } of all) {
    const madeFrom = from && sourceVersion(made.txns, from.snapshot.metadata.id);
    if (from === undefined || madeFrom === undefined) continue;
    const next = madeFrom + 1;
    const behindSince = next > from.version ? null : (from.times.get(next) ?? from.lastCommitAt ?? null);
    if (found === null || (behindSince ?? Infinity) < (found.behindSince ?? Infinity))
      found = { source: name, sourceVersion: from.version, madeFrom, behindSince };
  }
  return found;
}

function sourceVersion(txns: ReadonlyMap<string, number>, tableId: string): number | undefined {
  return txns.get(`rollup/source/${tableId}`) ?? txns.get(`model/source/${tableId}`);
}
