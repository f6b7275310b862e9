import { createBatchBuilder } from '../../src/columns/builder.ts';
import { canonicalValue } from '../../src/columns/canonical.ts';
import { struct } from '../../src/columns/types.ts';
import type { AddFile } from '../../src/delta/actions.ts';
import { commit } from '../../src/delta/commit.ts';
import { createTable } from '../../src/delta/create-table.ts';
import { removeOf } from '../../src/delta/remove.ts';
import { scan } from '../../src/delta/scan.ts';
import { loadSnapshot, loadTableState } from '../../src/delta/snapshot.ts';
import { writeFiles } from '../../src/delta/write-files.ts';
import {
  avg,
  count,
  defineFleet,
  double,
  first,
  last,
  long,
  max,
  min,
  p50,
  p90,
  p99,
  partitionColumns,
  rollup,
  stddev,
  sum,
  table,
  tablePath,
  tableSchema,
  text,
  timestamp,
  topicLevel,
} from '../../src/fleet/index.ts';
import type { Fleet, Partition, Rollup, Table } from '../../src/fleet/model.ts';
import { createMemoryStore } from '../../src/stores/memory-store.ts';
import { type ObjectStore, prefixedStore } from '../../src/stores/object-store.ts';
import { stillDeps } from '../support/ingest-rig.ts';

/** A reading as it stands in the raw table, times in milliseconds. */
export type Reading = {
  readonly device: string;
  readonly site: string | null;
  readonly at: number;
  readonly v: number | null;
  readonly n: number | null;
  readonly label: string | null;
  readonly arrivedAt: number;
  readonly shard: string;
  readonly position: number;
};

export type Recipe = {
  readonly every: string;
  readonly timeZone: string;
  readonly lateness: string;
  readonly partition: Partition;
  readonly identified: boolean;
};

/** A fleet whose one rollup has every measure. */
export function plantFleet({ every, timeZone, lateness, partition, identified }: Recipe): Fleet {
  return defineFleet({
    name: 'plant',
    timeZone,
    tables: {
      readings: table({
        topic: 'plant/{device}',
        device: topicLevel('device'),
        columns: {
          device: text({ from: topicLevel('device') }),
          site: text({ optional: true }),
          at: timestamp(),
          v: double({ optional: true }),
          n: long({ optional: true }),
          label: text({ optional: true }),
        },
        eventTime: 'at',
        identity: identified ? ['device', 'at'] : [],
        partition: 'day',
      }),
    },
    rollups: {
      gold: rollup('readings', {
        every,
        by: ['site'],
        lateness,
        partition,
        measures: {
          readings: count(),
          v_sum: sum('v'),
          v_avg: avg('v'),
          v_min: min('v'),
          v_max: max('v'),
          v_dev: stddev('v'),
          v_p50: p50('v'),
          v_p90: p90('v'),
          v_p99: p99('v'),
          n_sum: sum('n'),
          n_avg: avg('n'),
          n_dev: stddev('n'),
          n_p90: p90('n'),
          v_first: first('v'),
          v_last: last('v'),
          label_first: first('label'),
          label_last: last('label'),
          label_max: max('label'),
        },
      }),
    },
  });
}

export function partsOf(fleet: Fleet): { readonly source: Table; readonly gold: Rollup } {
  return { source: fleet.tables['readings'] as Table, gold: fleet.rollups['gold'] as Rollup };
}

export const deps = stillDeps();

/** Writes the raw table as ingest, rewrites and deletes do. */
export function createSource(lake: ObjectStore, definition: Table) {
  const store = prefixedStore(lake, `${tablePath(definition.fleet, definition.name)}/`);
  const schema = tableSchema(definition);
  const columns = partitionColumns(definition);

  async function write(readings: readonly Reading[], dataChange = true): Promise<AddFile[]> {
    const rows = createBatchBuilder(schema, readings.length);
    for (const { arrivedAt, shard, position, ...own } of readings) {
      const { at, device } = own;
      rows.appendRow({
        ...own,
        _topic: `plant/${device}`,
        _arrived_at: arrivedAt,
        _stream: 'sqlite/test',
        _shard: shard,
        _position: String(position).padStart(19, '0'),
        _index: 0,
        _date: Math.floor(at / 86_400_000),
      });
    }
    return writeFiles(store, rows.finish(), { partitionColumns: columns, sortBy: ['at'], dataChange }, deps);
  }

  return {
    store,
    create: () => createTable(store, { schema, partitionColumns: columns }, deps),
    /** As an older definition would have made it. */
    createWithout: (name: string) =>
      createTable(
        store,
        { schema: struct(schema.fields.filter((field) => field.name !== name)), partitionColumns: columns },
        deps,
      ),
    /** One commit; `removed` go, `readings` come. Rows that were there before are no change. */
    async change(
      removed: readonly AddFile[],
      readings: readonly Reading[],
      dataChange = true,
    ): Promise<AddFile[]> {
      const base = await loadTableState(store);
      if (base === undefined) throw new Error('create the source first');
      const adds = readings.length === 0 ? [] : await write(readings, dataChange);
      const removes = removed.map((file) => removeOf(file, deps.clock(), dataChange));
      const result = await commit(store, { base, operation: 'WRITE', adds, removes, reads: 'nothing' }, deps);
      if (result.kind !== 'committed')
        throw new Error(`the source's commit met a conflict: ${result.reason}`);
      return adds;
    },
    live: async () => (await loadSnapshot(store))?.files ?? [],
  };
}

/** A store on which a writer of the table at `path` dies before its commit, while told to. */
export function mortal(store: ObjectStore, path: string): ObjectStore & { refuseCommits(on: boolean): void } {
  let refusing = false;
  return {
    ...store,
    async putIfAbsent(key, bytes) {
      if (refusing && key.startsWith(`${path}_delta_log/`)) throw new Error(`planted: died before ${key}`);
      return store.putIfAbsent(key, bytes);
    },
    refuseCommits(on) {
      refusing = on;
    },
  };
}

/** A copy of a store's objects, those below `without` left out. */
export async function copyStore(store: ObjectStore, without: string): Promise<ObjectStore> {
  const copy = createMemoryStore();
  for await (const { key } of store.list('')) {
    if (!key.startsWith(without)) await copy.put(key, (await store.get(key)) as Uint8Array);
  }
  return copy;
}

export type GoldRow = Readonly<Record<string, unknown>>;

/** Gold's rows by name: microseconds for times, undefined for null; in order of window and site. */
export async function readGold(lake: ObjectStore, gold: Rollup): Promise<GoldRow[]> {
  const store = prefixedStore(lake, `${tablePath(gold.fleet, gold.name)}/`);
  const snapshot = await loadSnapshot(store);
  const rows: Record<string, unknown>[] = [];
  if (snapshot === undefined) return rows;
  for await (const batch of scan(store, snapshot)) {
    for (let row = 0; row < batch.length; row++) {
      rows.push(
        Object.fromEntries(
          batch.schema.fields.map(({ name }, i) => [
            name,
            canonicalValue(batch.columns[i]!, row) ?? undefined,
          ]),
        ),
      );
    }
  }
  return rows.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

export function keyOf(row: GoldRow): string {
  return `${String((row['window_start'] as bigint) + 10n ** 18n)} ${String(row['site'])}`;
}
