import { formatDate, formatMicros } from '../columns/calendar.ts';
import { canonicalText, canonicalValue } from '../columns/canonical.ts';
import type { Column, ColumnBatch } from '../columns/column.ts';
import { columnOf } from '../columns/select.ts';
import type { PartitionValues } from './actions.ts';

/** What Hive's folders are called where the value is null. */
const NULL_FOLDER = '__HIVE_DEFAULT_PARTITION__';
/** Characters that Hive escapes in folder names. */
// oxlint-disable-next-line no-control-regex
const HIVE_ESCAPED = /[\u0000-\u001f\u007f"#%'*/:=?\\{[\]^]/g;

/** The partition values of a row as the log wants them ("Partition Value Serialization"): null and '' are null. */
export function partitionValuesAt(
  batch: ColumnBatch,
  columns: readonly string[],
  row: number,
): PartitionValues {
  return Object.fromEntries(columns.map((name) => [name, serializeValue(columnOf(batch, name), row)]));
}

function serializeValue(column: Column, row: number): string | null {
  const value = canonicalValue(column, row);
  if (value === undefined || value === null || value === '') return null;
  switch (column.type) {
    case 'date':
      return formatDate(value as number);
    case 'timestamp':
      return `${formatMicros(value as bigint)}Z`;
    case 'timestamp_ntz':
      return formatMicros(value as bigint).replace('T', ' ');
    default:
      return canonicalText(column.type, value);
  }
}

/** The folder of a partition, with its trailing slash: `_date=2013-01-01/`; empty for a table without partitions. */
export function partitionFolder(values: PartitionValues): string {
  return Object.entries(values)
    .map(([name, value]) => `${escapeHive(name)}=${value === null ? NULL_FOLDER : escapeHive(value)}/`)
    .join('');
}

/** A key as the `path` of an action: URI-encoded once more, so that `%3A` of a folder becomes `%253A`. */
export function encodePath(key: string): string {
  return key
    .split('/')
    .map((part) => encodeURIComponent(part.toWellFormed()).replaceAll('%3D', '='))
    .join('/');
}

/** A name or a value as Hive writes it in folder names. */
export function escapeHive(text: string): string {
  return text.replace(
    HIVE_ESCAPED,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
}
