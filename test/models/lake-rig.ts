import { createBatchBuilder } from '../../src/columns/builder.ts';
import { canonicalValue } from '../../src/columns/canonical.ts';
import type { AddFile } from '../../src/delta/actions.ts';
import { commit } from '../../src/delta/commit.ts';
import { createTable } from '../../src/delta/create-table.ts';
import { removeOf } from '../../src/delta/remove.ts';
import { scan } from '../../src/delta/scan.ts';
import { loadSnapshot, loadTableState } from '../../src/delta/snapshot.ts';
import { writeFiles } from '../../src/delta/write-files.ts';
import { partitionColumns, tablePath, tableSchema } from '../../src/fleet/index.ts';
import type { Fleet, Table } from '../../src/fleet/model.ts';
import { orderModels } from '../../src/models/model-order.ts';
import { type ModelReport, runModel } from '../../src/models/run-model.ts';
import type { SqlEngine } from '../../src/sql/sql-engine.ts';
import { createMemoryStore } from '../../src/stores/memory-store.ts';
import { type ObjectStore, prefixedStore } from '../../src/stores/object-store.ts';
import { stillDeps } from '../support/ingest-rig.ts';

export const deps = stillDeps();

/** A row of a raw table: its own columns, times in milliseconds, and when it arrived. */
export type RawRow = Readonly<Record<string, unknown>> & { readonly arrivedAt: number };
export type Row = Readonly<Record<string, unknown>>;

/** A lake whose raw tables are written as ingest does, and what is in them. */
export function createLake(fleet: Fleet, store: ObjectStore = createMemoryStore()) {
  let position = 0;
  const held = new Map<string, { readonly table: string; readonly file: AddFile; readonly rows: RawRow[] }>();

  const open = async (name: string): Promise<{ table: Table; at: ObjectStore }> => {
    const table = fleet.tables[name]!;
    const at = prefixedStore(store, `${tablePath(fleet.name, name)}/`);
    if ((await loadTableState(at)) === undefined) {
      await createTable(at, { schema: tableSchema(table), partitionColumns: partitionColumns(table) }, deps);
    }
    return { table, at };
  };

  const change = async (
    name: string,
    removed: readonly AddFile[],
    rows: readonly RawRow[],
    dataChange = true,
  ) => {
    const { table, at } = await open(name);
    const adds: AddFile[] = [];
    // a file a row's partition, so that what is in a file is known
    for (const [partition, part] of Map.groupBy(rows, (row) => JSON.stringify(partitionOf(table, row)))) {
      const batch = createBatchBuilder(tableSchema(table), part.length);
      for (const { arrivedAt, _position, ...own } of part) {
        batch.appendRow({
          ...own,
          _topic: 'test',
          _arrived_at: arrivedAt,
          _stream: 'sqlite/test',
          _shard: '0',
          _position: String(_position).padStart(19, '0'),
          _index: 0,
          ...(JSON.parse(partition) as Readonly<Record<string, number>>),
        });
      }
      const options = { partitionColumns: partitionColumns(table), sortBy: table.sortBy, dataChange };
      for (const file of await writeFiles(at, batch.finish(), options, deps)) {
        adds.push(file);
        held.set(`${name}/${file.path}`, { table: name, file, rows: part });
      }
    }
    const base = (await loadTableState(at))!;
    const removes = removed.map((file) => removeOf(file, deps.clock(), dataChange));
    const result = await commit(at, { base, operation: 'WRITE', adds, removes, reads: 'nothing' }, deps);
    if (result.kind !== 'committed') throw new Error('the commit met a conflict');
    for (const file of removed) held.delete(`${name}/${file.path}`);
  };

  return {
    store,
    append: (name: string, rows: readonly RawRow[]) =>
      change(
        name,
        [],
        rows.map((row) => ({ ...row, _position: position++ })),
      ),
    /** Takes the file of that number out of the lake, its rows with it. */
    async remove(index: number): Promise<void> {
      const one = Array.from(held.values())[index % Math.max(1, held.size)];
      if (one !== undefined) await change(one.table, [one.file], []);
    },
    /** Writes the rows of that file anew, which is no change. */
    async compact(index: number): Promise<void> {
      const one = Array.from(held.values())[index % Math.max(1, held.size)];
      if (one !== undefined) await change(one.table, [one.file], one.rows, false);
    },
    /** What the table holds, of rows with one identity the later arrival. */
    current(name: string): RawRow[] {
      const { identity } = fleet.tables[name]!;
      const latest = new Map<string, RawRow>();
      for (const { table, rows } of held.values()) {
        if (table !== name) continue;
        for (const row of rows) {
          const key = JSON.stringify(identity.map((column) => row[column]));
          const rival = latest.get(key);
          if (rival === undefined || isLater(row, rival)) latest.set(key, row);
        }
      }
      return Array.from(latest.values());
    },
    /** The greatest arrival of all that the tables hold. */
    arrival: (...names: readonly string[]): number | undefined => {
      const all = Array.from(held.values()).flatMap(({ table, rows }) =>
        names.includes(table) ? rows.map((row) => row.arrivedAt) : [],
      );
      return all.length === 0 ? undefined : Math.max(...all);
    },
  };
}

function isLater(a: RawRow, b: RawRow): boolean {
  return a.arrivedAt === b.arrivedAt
    ? Number(a['_position']) > Number(b['_position'])
    : a.arrivedAt > b.arrivedAt;
}

function partitionOf(table: Table, row: RawRow): Readonly<Record<string, number>> {
  const day = Math.floor(Number(row[table.eventTime]) / 86_400_000);
  const date = new Date(day * 86_400_000);
  switch (table.partition) {
    case 'day':
      return { _date: day };
    case 'month':
      return { _month: Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1) / 86_400_000 };
    case 'none':
      return {};
  }
}

/** Runs every model of the fleet in order. */
export async function runModels(fleet: Fleet, lake: ObjectStore, sql: SqlEngine): Promise<ModelReport[]> {
  const reports: ModelReport[] = [];
  for (const planned of await orderModels([fleet]))
    reports.push(await runModel(planned, { ...deps, lake, sql }));
  return reports;
}

/** A table's rows by name, in the order of the named columns: times in milliseconds, whole numbers as numbers, null as null. */
export async function readRows(lake: ObjectStore, path: string, order: readonly string[]): Promise<Row[]> {
  const store = prefixedStore(lake, `${path}/`);
  const snapshot = await loadSnapshot(store);
  if (snapshot === undefined) return [];
  const rows: Record<string, unknown>[] = [];
  for await (const batch of scan(store, snapshot)) {
    for (let row = 0; row < batch.length; row++) {
      rows.push(
        Object.fromEntries(
          batch.schema.fields.map(({ name, type }, i) => {
            const value = canonicalValue(batch.columns[i]!, row) ?? null;
            if (typeof value !== 'bigint') return [name, value];
            return [name, type === 'timestamp' ? Number(value) / 1000 : Number(value)];
          }),
        ),
      );
    }
  }
  const keyOf = (row: Row) => JSON.stringify(order.map((name) => row[name]));
  return rows.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

/** A copy of the lake with its raw tables alone: what models are made of from nothing. */
export async function copyTables(store: ObjectStore, fleet: Fleet): Promise<ObjectStore> {
  const copy = createMemoryStore();
  for (const name of Object.keys(fleet.tables)) {
    for await (const { key } of store.list(`${tablePath(fleet.name, name)}/`))
      await copy.put(key, (await store.get(key)) as Uint8Array);
  }
  return copy;
}
