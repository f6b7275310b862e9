import { type ColumnRange, fileFilter } from '../delta/prune.ts';
import { evolveSchema } from '../delta/schema-evolution.ts';
import { loadSnapshot, type Snapshot } from '../delta/snapshot.ts';
import { TributaryError } from '../errors.ts';
import { utcView, utcViewName } from '../fleet/index.ts';
import type { Fleet } from '../fleet/model.ts';
import { type ObjectStore, prefixedStore } from '../stores/object-store.ts';
import type { SqlTable, SqlView } from '../sql/sql-engine.ts';
import { type LakeEntry, lakeEntries } from './lake-entries.ts';
import { sqlFileOf } from './sql-file.ts';
import { tableNamesIn } from '../sql/table-names.ts';

export type LakeTables = { readonly tables: readonly SqlTable[]; readonly views: readonly SqlView[] };

/**
 * What SQL sees of a lake: `<fleet>_<table>`, its view `<fleet>_<table>_current`, `<fleet>_<rollup>`, `<fleet>_<model>` and `quarantine`, each at
 * its newest version, and of each the view `<name>_utc`. A table that the lake does not have yet is empty; a column that the definition has and the table not
 * yet is null.
 *
 * @param mentionedIn a query: only the tables that it names are loaded, where that can be told
 */
export async function loadLakeTables(
  lake: ObjectStore,
  fleets: readonly Fleet[],
  { mentionedIn }: { readonly mentionedIn?: string } = {},
): Promise<LakeTables> {
  const entries = lakeEntries(fleets);
  const mentioned = mentionedIn === undefined ? undefined : await tableNamesIn(mentionedIn);
  const named = mentioned && namesOfEntries(entries, mentioned);
  const isNamed = (name: string) => named?.has(name) ?? true;
  const needed = entries.filter((entry) => relationsOf(entry).some(isNamed));
  return {
    tables: await Promise.all(needed.map((entry) => loadTable(lake, entry))),
    views: needed.flatMap((entry) => [
      ...(entry.view === undefined ? [] : [entry.view]),
      ...(isNamed(utcViewName(entry.name)) ? [utcView(entry)] : []),
    ]),
  };
}

/**
 * One table, rollup or model of a lake, or the quarantine, as SQL sees it; undefined where the definitions have none of this
 * name.
 *
 * @param of `version`: that one instead of the newest; `where`: files that hold no such rows are left out
 */
export async function loadLakeTable(
  lake: ObjectStore,
  fleets: readonly Fleet[],
  name: string,
  of: TableView = {},
): Promise<SqlTable | undefined> {
  const entry = lakeEntries(fleets).find((each) => each.name === name);
  return entry && loadTable(lake, entry, of);
}

/** Which version of a table, and which of its files. */
type TableView = { readonly version?: number; readonly where?: readonly ColumnRange[] };

/** Undefined where the query names something that the lake does not have: the engine's complaint then knows all names. */
function namesOfEntries(
  entries: readonly LakeEntry[],
  mentioned: readonly string[],
): ReadonlySet<string> | undefined {
  const names = new Set(mentioned.map((name) => name.toLowerCase()));
  return names.isSubsetOf(new Set(entries.flatMap(relationsOf))) ? names : undefined;
}

/** What SQL calls a table, and the views of it. */
function relationsOf({ name, view }: LakeEntry): readonly string[] {
  return [name, utcViewName(name), ...(view === undefined ? [] : [view.name])];
}

async function loadTable(lake: ObjectStore, entry: LakeEntry, of: TableView = {}): Promise<SqlTable> {
  const store = prefixedStore(lake, `${entry.path}/`);
  const snapshot = await loadSnapshot(store, of.version === undefined ? {} : { version: of.version });
  const files = snapshot === undefined ? [] : filesWithin(snapshot, of.where ?? []);
  return { ...describeTable(entry, store, snapshot), files: files.map(sqlFileOf) };
}

/** A column that the table does not have yet prunes nothing. */
function filesWithin(snapshot: Snapshot, where: readonly ColumnRange[]) {
  const known = where.filter(({ column }) => snapshot.schema.fields.some(({ name }) => name === column));
  return snapshot.files.filter(fileFilter(snapshot, known));
}

/** A table as SQL takes it, but for its files. The lake may not have it yet. */
export function describeTable(
  { name, path, schema, partitionColumns }: LakeEntry,
  store: ObjectStore,
  snapshot: Snapshot | undefined,
): Omit<SqlTable, 'files'> {
  if (snapshot === undefined) return { name, schema, partitionColumns, store };
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
  };
}
