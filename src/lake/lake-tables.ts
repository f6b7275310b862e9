import type { StructType } from '../columns/types.ts';
import { type ColumnRange, evolveSchema, fileFilter, loadSnapshot, type Snapshot } from '../delta/index.ts';
import {
  currentView,
  partitionColumns,
  QUARANTINE_PATH,
  QUARANTINE_SQL_NAME,
  quarantinePartitionColumns,
  quarantineSchema,
  rollupSchema,
  sqlName,
  tablePath,
  tableSchema,
} from '../fleet/index.ts';
import { TributaryError } from '../errors.ts';
import type { Fleet, Table } from '../fleet/model.ts';
import { type ObjectStore, prefixedStore } from '../stores/object-store.ts';
import type { SqlTable, SqlView } from '../sql/sql-engine.ts';
import { sqlFileOf } from './sql-file.ts';
import { tableNamesIn } from '../sql/table-names.ts';

export type LakeTables = { readonly tables: readonly SqlTable[]; readonly views: readonly SqlView[] };

/** A table of the lake as the definitions have it. */
type Entry = {
  readonly name: string;
  readonly path: string;
  readonly schema: StructType;
  readonly partitionColumns: readonly string[];
  readonly view?: SqlView;
};

/**
 * What SQL sees of a lake: `<fleet>_<table>`, its view `<fleet>_<table>_current`, `<fleet>_<rollup>` and `quarantine`, each at
 * its newest version. A table that the lake does not have yet is empty; a column that the definition has and the table not
 * yet is null.
 *
 * @param mentionedIn a query: only the tables that it names are loaded, where that can be told
 */
export async function loadLakeTables(
  lake: ObjectStore,
  fleets: readonly Fleet[],
  { mentionedIn }: { readonly mentionedIn?: string } = {},
): Promise<LakeTables> {
  const entries = entriesOf(fleets);
  const mentioned = mentionedIn === undefined ? undefined : await tableNamesIn(mentionedIn);
  const needed = mentioned === undefined ? entries : selectEntries(entries, mentioned);
  return {
    tables: await Promise.all(needed.map((entry) => loadTable(lake, entry))),
    views: needed.flatMap(({ view }) => (view === undefined ? [] : [view])),
  };
}

/**
 * One table or rollup of a lake, or the quarantine, as SQL sees it; undefined where the definitions have none of this name.
 *
 * @param of `version`: that one instead of the newest; `where`: files that hold no such rows are left out
 */
export async function loadLakeTable(
  lake: ObjectStore,
  fleets: readonly Fleet[],
  name: string,
  of: { readonly version?: number; readonly where?: readonly ColumnRange[] } = {},
): Promise<SqlTable | undefined> {
  const entry = entriesOf(fleets).find((each) => each.name === name);
  return entry && loadTable(lake, entry, of);
}

/** The views of the definitions over the one table that SQL knows under `name`. */
export function viewsOver(fleets: readonly Fleet[], name: string): readonly SqlView[] {
  return entriesOf(fleets).flatMap((each) => (each.name === name && each.view ? [each.view] : []));
}

/** Where a table lies that SQL knows under `name`; undefined where the definitions have none. */
export function findLakePath(fleets: readonly Fleet[], name: string): string | undefined {
  return entriesOf(fleets).find((each) => each.name === name)?.path;
}

function entriesOf(fleets: readonly Fleet[]): Entry[] {
  const quarantine: Entry = {
    name: QUARANTINE_SQL_NAME,
    path: QUARANTINE_PATH,
    schema: quarantineSchema,
    partitionColumns: quarantinePartitionColumns,
  };
  return [quarantine, ...fleets.flatMap(entriesOfFleet)];
}

function entriesOfFleet(fleet: Fleet): Entry[] {
  const place = (name: string) => ({ name: sqlName(fleet.name, name), path: tablePath(fleet.name, name) });
  const tables = Object.values(fleet.tables).map((table) => ({
    ...place(table.name),
    schema: tableSchema(table),
    partitionColumns: partitionColumns(table),
    view: currentView(table),
  }));
  const rollups = Object.values(fleet.rollups).map((rollup) => ({
    ...place(rollup.name),
    schema: rollupSchema(rollup, fleet.tables[rollup.source] as Table),
    partitionColumns: partitionColumns(rollup),
  }));
  return [...tables, ...rollups];
}

/** All, where the query names something that the lake does not have: the engine's complaint then knows all names. */
function selectEntries(entries: readonly Entry[], mentioned: readonly string[]): readonly Entry[] {
  const names = new Set(mentioned.map((name) => name.toLowerCase()));
  const known = new Set(entries.flatMap(({ name, view }) => [name, view?.name]));
  if (Array.from(names).some((name) => !known.has(name))) return entries;
  return entries.filter(({ name, view }) => names.has(name) || (view !== undefined && names.has(view.name)));
}

async function loadTable(
  lake: ObjectStore,
  { name, path, schema, partitionColumns: columns }: Entry,
  of: { readonly version?: number; readonly where?: readonly ColumnRange[] } = {},
): Promise<SqlTable> {
  const store = prefixedStore(lake, `${path}/`);
  const snapshot = await loadSnapshot(store, of.version === undefined ? {} : { version: of.version });
  if (snapshot === undefined) return { name, schema, partitionColumns: columns, store, files: [] };
  const { configuration } = snapshot.metadata;
  if ((configuration['delta.columnMapping.mode'] ?? 'none') !== 'none') {
    throw new TributaryError(`table ${path} maps its columns (columnMapping): SQL reads tables without`);
  }
  const evolution = evolveSchema(snapshot.schema, schema);
  return {
    name,
    // the log is the truth where the definition contradicts it
    schema: evolution.kind === 'evolved' ? evolution.schema : snapshot.schema,
    partitionColumns: snapshot.metadata.partitionColumns,
    store,
    files: filesWithin(snapshot, of.where ?? []).map(sqlFileOf),
  };
}

/** A column that the table does not have yet prunes nothing. */
function filesWithin(snapshot: Snapshot, where: readonly ColumnRange[]) {
  const known = where.filter(({ column }) => snapshot.schema.fields.some(({ name }) => name === column));
  return snapshot.files.filter(fileFilter(snapshot, known));
}
