import type { ObjectStore } from '../stores/object-store.ts';
import type { DeltaDeps } from './deps.ts';
import { DeltaError } from './errors.ts';
import { locateFile } from './file-path.ts';
import { partitionFolder } from './partition-values.ts';
import { withRetries } from './retry.ts';
import { loadSnapshot } from './snapshot.ts';

/** Where readers of manifests look. */
export const MANIFEST_FOLDER = '_symlink_format_manifest/';

export type ManifestReport = {
  readonly version: number;
  /** written, a partition each */
  readonly manifests: number;
  readonly files: number;
  /** of partitions that are gone */
  readonly removed: number;
};

/**
 * Writes the newest version's files as symlink manifests, a partition each, for readers that know Parquet and no Delta
 * (Redshift Spectrum). A partition changes at once, the table partition by partition. Undefined where there is no table.
 *
 * @param location the table's own address: `s3://bucket/prefix`
 * @throws DeltaError where a file has deleted rows, which a manifest cannot leave out
 */
export async function writeManifests(
  store: ObjectStore,
  location: string,
  deps: DeltaDeps,
): Promise<ManifestReport | undefined> {
  const snapshot = await withRetries(() => loadSnapshot(store), deps);
  if (snapshot === undefined) return undefined;
  const root = location.replace(/\/*$/, '/');
  const { partitionColumns } = snapshot.metadata;
  const manifests = new Map<string, string[]>();
  // a table without partitions has its one manifest, empty or not
  if (partitionColumns.length === 0) manifests.set(manifestKey({}), []);
  for (const { path, partitionValues, deletionVector } of snapshot.files) {
    if (deletionVector !== undefined) {
      throw new DeltaError(
        `${path} has deleted rows (a deletion vector), which manifests cannot express: optimize the table first`,
      );
    }
    const file = locateFile(path);
    const values = Object.fromEntries(partitionColumns.map((name) => [name, partitionValues[name] || null]));
    const key = manifestKey(values);
    const lines = manifests.get(key) ?? [];
    lines.push(file.kind === 'relative' ? root + file.key : file.url);
    manifests.set(key, lines);
  }
  const known = await withRetries(() => listManifests(store), deps);
  for (const [key, lines] of manifests) {
    const text = lines.map((line) => `${line}\n`).join('');
    await withRetries(() => store.put(key, new TextEncoder().encode(text)), deps);
  }
  const gone = known.filter((key) => !manifests.has(key));
  for (const key of gone) await withRetries(() => store.delete(key), deps);
  return {
    version: snapshot.version,
    manifests: manifests.size,
    files: snapshot.files.length,
    removed: gone.length,
  };
}

function manifestKey(values: Readonly<Record<string, string | null>>): string {
  return `${MANIFEST_FOLDER}${partitionFolder(values)}manifest`;
}

async function listManifests(store: ObjectStore): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of store.list(MANIFEST_FOLDER)) if (key.endsWith('/manifest')) keys.push(key);
  return keys;
}
