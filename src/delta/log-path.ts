/** The folder of the log, relative to the table's root. */
export const LOG_FOLDER = '_delta_log/';
export const LAST_CHECKPOINT_PATH = `${LOG_FOLDER}_last_checkpoint`;
export const SIDECAR_FOLDER = `${LOG_FOLDER}_sidecars/`;

/** A file of the log by what its name says it is. `size`: bytes, `modifiedAt`: milliseconds. */
export type LogFile = {
  readonly path: string;
  readonly version: number;
  readonly size: number;
  readonly modifiedAt: number;
} & (
  | { readonly kind: 'commit' }
  | { readonly kind: 'classic-checkpoint' }
  | { readonly kind: 'multipart-checkpoint'; readonly part: number; readonly parts: number }
  | { readonly kind: 'uuid-checkpoint'; readonly format: 'json' | 'parquet' }
);

type Named = { readonly key: string; readonly size: number; readonly modifiedAt: number };

/** What a key below the log's folder is; undefined for what replaying does not need (checksums, compacted logs, strangers). */
export function parseLogFile({ key, size, modifiedAt }: Named): LogFile | undefined {
  const match = /^_delta_log\/(\d{20})\.(.+)$/.exec(key);
  if (match === null) return undefined;
  const base = { path: key, version: Number(match[1]), size, modifiedAt };
  const rest = match[2]!;
  if (rest === 'json') return { ...base, kind: 'commit' };
  if (rest === 'checkpoint.parquet') return { ...base, kind: 'classic-checkpoint' };
  const parts = /^checkpoint\.(\d{10})\.(\d{10})\.parquet$/.exec(rest);
  if (parts !== null)
    return { ...base, kind: 'multipart-checkpoint', part: Number(parts[1]), parts: Number(parts[2]) };
  const uuid = /^checkpoint\.[0-9a-f-]{36}\.(json|parquet)$/i.exec(rest);
  if (uuid !== null) return { ...base, kind: 'uuid-checkpoint', format: uuid[1] as 'json' | 'parquet' };
  return undefined;
}

export function commitPath(version: number): string {
  return `${versionPrefix(version)}.json`;
}

export function checkpointPath(version: number): string {
  return `${versionPrefix(version)}.checkpoint.parquet`;
}

/** What every file of a version begins with; listing after it begins with that version's files. */
export function versionPrefix(version: number): string {
  return `${LOG_FOLDER}${String(version).padStart(20, '0')}`;
}
