import { listLog } from '../../src/delta/log-segment.ts';
import type { Snapshot } from '../../src/delta/snapshot.ts';
import { parseStats } from '../../src/delta/stats.ts';
import { describeType } from '../../src/delta/table-schema.ts';
import type { DataType } from '../../src/columns/types.ts';
import { formatTable } from '../output.ts';
import type { Location } from './location.ts';

/** A version of a table, for people and machines. */
export type TableDescription = {
  readonly location: string;
  readonly id: string;
  readonly name: string | null;
  readonly description: string | null;
  readonly version: number;
  readonly protocol: Snapshot['protocol'];
  readonly partitionColumns: readonly string[];
  readonly properties: Readonly<Record<string, string>>;
  readonly files: number;
  readonly bytes: number;
  /** null: some file's writer did not count */
  readonly rows: number | null;
  /** rows that files still hold, and deletion vectors take out */
  readonly deletedRows: number;
  readonly log: { readonly oldest: number; readonly newest: number; readonly checkpoints: readonly number[] };
  readonly columns: readonly {
    readonly name: string;
    readonly type: DataType;
    readonly nullable: boolean;
  }[];
};

export async function describeTable(location: Location, snapshot: Snapshot): Promise<TableDescription> {
  const { version, protocol, metadata, files, schema } = snapshot;
  const log = await listLog(location.store);
  const commits = log.flatMap((file) => (file.kind === 'commit' ? [file.version] : []));
  const checkpoints = log.flatMap((file) => (file.kind === 'commit' ? [] : [file.version]));
  const deletedRows = files.reduce((sum, add) => sum + (add.deletionVector?.cardinality ?? 0), 0);
  const counts = files.map((add) => parseStats(add).numRecords);
  const known = counts.every((count) => count !== undefined);
  return {
    location: location.url,
    id: metadata.id,
    name: metadata.name ?? null,
    description: metadata.description ?? null,
    version,
    protocol,
    partitionColumns: metadata.partitionColumns,
    properties: metadata.configuration,
    files: files.length,
    bytes: files.reduce((sum, { size }) => sum + size, 0),
    rows: known ? counts.reduce((sum, count) => sum + (count ?? 0), 0) - deletedRows : null,
    deletedRows,
    log: {
      oldest: commits[0] ?? checkpoints[0] ?? version,
      newest: commits.at(-1) ?? version,
      checkpoints: Array.from(new Set(checkpoints)),
    },
    columns: schema.fields.map(({ name, type, nullable }) => ({ name, type, nullable })),
  };
}

export function formatDescription(table: TableDescription): string[] {
  const { protocol, rows, deletedRows, files, bytes, log } = table;
  const features = Array.from(
    new Set([...(protocol.readerFeatures ?? []), ...(protocol.writerFeatures ?? [])]),
  );
  const facts: readonly (readonly [name: string, value: string])[] = [
    ['location', table.location],
    ['name', table.name ?? ''],
    ['description', table.description ?? ''],
    ['id', table.id],
    ['version', String(table.version)],
    ['rows', rows === null ? 'not counted by their writer' : formatCount(rows)],
    [
      'deleted rows',
      deletedRows === 0 ? '' : `${formatCount(deletedRows)} more, until optimize leaves them out`,
    ],
    ['files', `${formatCount(files)}, ${formatBytes(bytes)}`],
    ['partitioned by', table.partitionColumns.join(', ')],
    ['protocol', `reader ${protocol.minReaderVersion}, writer ${protocol.minWriterVersion}`],
    ['features', features.join(', ')],
    ['log', `versions ${log.oldest} to ${log.newest}`],
    ['checkpoints', log.checkpoints.slice(-3).join(', ')],
    ...Object.entries(table.properties).map(([name, value]) => ['property', `${name} = ${value}`] as const),
  ];
  const shown = facts.filter(([, value]) => value !== '');
  const columns = table.columns.map(({ name, type, nullable }) => [
    name,
    describeType(type),
    nullable ? '' : 'required',
  ]);
  return [
    ...shown.map(([name, value]) => `${name.padEnd(14)}  ${value}`),
    '',
    ...formatTable(['column', 'type', ''], columns),
  ];
}

export function formatCount(count: number): string {
  return count.toLocaleString('en');
}

export function formatBytes(bytes: number): string {
  const units = ['bytes', 'KB', 'MB', 'GB', 'TB'];
  const unit = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
  return unit === 0 ? `${bytes} bytes` : `${(bytes / 2 ** (10 * unit)).toFixed(1)} ${units[unit]}`;
}
