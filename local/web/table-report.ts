import type { StructField } from '../../src/columns/types.ts';
import type { AddFile, CommitInfo } from '../../src/delta/actions.ts';
import { readCommit } from '../../src/delta/read-commits.ts';
import { loadSnapshot, type Snapshot } from '../../src/delta/snapshot.ts';
import { parseStats } from '../../src/delta/stats.ts';
import { type ObjectStore } from '../../src/stores/object-store.ts';

/** A table at a version, but for its files and rows. */
export type TableReport = {
  readonly version: number;
  readonly newest: number;
  readonly id: string;
  readonly rows: number;
  readonly bytes: number;
  readonly files: number;
  readonly schema: readonly {
    readonly name: string;
    readonly type: string;
    readonly nullable: boolean;
    readonly partition: boolean;
  }[];
  readonly partitions: readonly PartitionReport[];
  readonly properties: Readonly<Record<string, string>>;
  readonly protocol: { readonly reader: number; readonly writer: number };
  readonly progress: readonly { readonly key: string; readonly version: number }[];
  readonly health: FileHealth;
};

/** The files of one partition: `values` as the log writes them. */
export type PartitionReport = {
  readonly values: Readonly<Record<string, string | null>>;
  readonly files: number;
  readonly rows: number;
  readonly bytes: number;
};

/** How well the files suit readers: many small ones cost every query a request each. */
export type FileHealth = {
  /** below this many bytes a file is small */
  readonly smallBelow: number;
  readonly small: number;
  readonly medianBytes: number;
  /** files by size: upper bounds in bytes, the last one open */
  readonly sizes: readonly { readonly upTo: number | null; readonly files: number }[];
};

export type FileReport = {
  readonly path: string;
  readonly partition: Readonly<Record<string, string | null>>;
  readonly bytes: number;
  readonly rows: number | null;
  readonly modifiedAt: number;
  readonly deleted: number;
  /** by column: least, greatest, nulls, as the log writes them */
  readonly columns: readonly {
    readonly name: string;
    readonly min: string | null;
    readonly max: string | null;
    readonly nulls: number | null;
  }[];
};

export type CommitReport = {
  readonly version: number;
  /** milliseconds; null where the commit does not say */
  readonly at: number | null;
  readonly operation: string | null;
  readonly parameters: Readonly<Record<string, string>>;
  readonly metrics: Readonly<Record<string, string>>;
  readonly engine: string | null;
  readonly added: { readonly files: number; readonly rows: number; readonly bytes: number };
  readonly removed: { readonly files: number; readonly bytes: number };
  readonly dataChange: boolean;
};

const MIB = 2 ** 20;
const SMALL_BYTES = 16 * MIB;
const SIZES = [16 * 1024, 128 * 1024, MIB, 16 * MIB, 128 * MIB];
const MOST_PARTITIONS = 400;

/** Undefined where the lake does not have the table. `store`: the table's own. */
export async function reportTable(store: ObjectStore, version?: number): Promise<TableReport | undefined> {
  const latest = await loadSnapshot(store);
  if (latest === undefined) return undefined;
  const snapshot = version === undefined ? latest : await loadSnapshot(store, { version });
  const { metadata, protocol, schema, files, txns } = snapshot!;
  return {
    version: snapshot!.version,
    newest: latest.version,
    id: metadata.id,
    rows: sumOf(files, rowsOf),
    bytes: sumOf(files, ({ size }) => size),
    files: files.length,
    schema: schema.fields.map(({ name, type, nullable }: StructField) => ({
      name,
      type: typeof type === 'string' ? type : JSON.stringify(type),
      nullable,
      partition: metadata.partitionColumns.includes(name),
    })),
    partitions: partitionsOf(snapshot!),
    properties: metadata.configuration,
    protocol: { reader: protocol.minReaderVersion, writer: protocol.minWriterVersion },
    progress: Array.from(txns, ([key, at]) => ({ key, version: at })),
    health: healthOf(files),
  };
}

/** Some files of a table, the newest first. */
export async function reportFiles(
  store: ObjectStore,
  {
    version,
    offset,
    limit,
  }: { readonly version?: number | undefined; readonly offset: number; readonly limit: number },
): Promise<{ readonly total: number; readonly files: readonly FileReport[] }> {
  const snapshot = await loadSnapshot(store, version === undefined ? {} : { version });
  if (snapshot === undefined) return { total: 0, files: [] };
  const sorted = [...snapshot.files].sort((a, b) => b.modificationTime - a.modificationTime);
  const names = snapshot.schema.fields.map(({ name }) => name);
  return {
    total: sorted.length,
    files: sorted.slice(offset, offset + limit).map((file) => reportFile(file, names)),
  };
}

/** Commits from `before` (not included) downwards; fewer where the log was cleaned. */
export async function reportHistory(
  store: ObjectStore,
  { before, limit }: { readonly before?: number | undefined; readonly limit: number },
): Promise<readonly CommitReport[]> {
  const from = before ?? ((await loadSnapshot(store))?.version ?? -1) + 1;
  const versions = Array.from({ length: Math.min(limit, from) }, (_, i) => from - 1 - i);
  const commits = await Promise.all(versions.map((version) => reportCommit(store, version)));
  return commits.flatMap((commit) => commit ?? []);
}

async function reportCommit(store: ObjectStore, version: number): Promise<CommitReport | undefined> {
  const actions = await readCommit(store, version);
  if (actions === undefined) return undefined;
  const adds = actions.flatMap((action) => ('add' in action ? [action.add] : []));
  const removes = actions.flatMap((action) => ('remove' in action ? [action.remove] : []));
  const info: CommitInfo =
    actions.flatMap((action) => ('commitInfo' in action ? [action.commitInfo] : []))[0] ?? {};
  return {
    version,
    at: info.timestamp ?? null,
    operation: info.operation ?? null,
    parameters: textsOf(info.operationParameters),
    metrics: textsOf(info.operationMetrics),
    engine: info.engineInfo ?? null,
    added: { files: adds.length, rows: sumOf(adds, rowsOf), bytes: sumOf(adds, ({ size }) => size) },
    removed: { files: removes.length, bytes: sumOf(removes, ({ size }) => size ?? 0) },
    dataChange: [...adds, ...removes].some(({ dataChange }) => dataChange),
  };
}

function reportFile(file: AddFile, names: readonly string[]): FileReport {
  const { minValues, maxValues, nullCount, numRecords } = parseStats(file);
  return {
    path: file.path,
    partition: file.partitionValues,
    bytes: file.size,
    rows: numRecords ?? null,
    modifiedAt: file.modificationTime,
    deleted: file.deletionVector?.cardinality ?? 0,
    columns: names
      .filter((name) => nullCount?.[name] !== undefined || minValues?.[name] !== undefined)
      .map((name) => ({
        name,
        min: textOf(minValues?.[name]),
        max: textOf(maxValues?.[name]),
        nulls: typeof nullCount?.[name] === 'number' ? nullCount[name] : null,
      })),
  };
}

function partitionsOf({ files, metadata }: Snapshot): PartitionReport[] {
  if (metadata.partitionColumns.length === 0) return [];
  const found = new Map<
    string,
    { values: AddFile['partitionValues']; files: number; rows: number; bytes: number }
  >();
  for (const file of files) {
    const key = JSON.stringify(file.partitionValues);
    const part = found.get(key) ?? { values: file.partitionValues, files: 0, rows: 0, bytes: 0 };
    part.files++;
    part.rows += rowsOf(file);
    part.bytes += file.size;
    found.set(key, part);
  }
  return Array.from(found)
    .sort(([a], [b]) => (a < b ? 1 : -1))
    .slice(0, MOST_PARTITIONS)
    .map(([, part]) => part);
}

function healthOf(files: readonly AddFile[]): FileHealth {
  const sizes = files.map(({ size }) => size).sort((a, b) => a - b);
  const bounds = [...SIZES, null];
  return {
    smallBelow: SMALL_BYTES,
    small: sizes.filter((size) => size < SMALL_BYTES).length,
    medianBytes: sizes[sizes.length >> 1] ?? 0,
    sizes: bounds.map((upTo, i) => ({
      upTo,
      files: sizes.filter((size) => (upTo === null || size < upTo) && size >= (SIZES[i - 1] ?? 0)).length,
    })),
  };
}

function rowsOf(file: AddFile): number {
  return (parseStats(file).numRecords ?? 0) - (file.deletionVector?.cardinality ?? 0);
}

function sumOf<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((sum, item) => sum + of(item), 0);
}

function textsOf(values: Readonly<Record<string, unknown>> | undefined): Record<string, string> {
  return Object.fromEntries(Object.entries(values ?? {}).map(([name, value]) => [name, textOf(value) ?? '']));
}

function textOf(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  return typeof value === 'string' ? value : JSON.stringify(value);
}
