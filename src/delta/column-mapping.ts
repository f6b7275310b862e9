import type { MatchBy } from '../parquet/schema-match.ts';
import { UnsupportedFeatureError } from './errors.ts';
import type { TableState } from './table-state.ts';

/** What the table's columns are known by in its files ("Column Mapping"). */
export function columnMatching({ metadata, protocol }: Pick<TableState, 'metadata' | 'protocol'>): MatchBy {
  const supported =
    protocol.minReaderVersion === 2 ||
    (protocol.minReaderVersion >= 3 && (protocol.readerFeatures?.includes('columnMapping') ?? false));
  const mode = metadata.configuration['delta.columnMapping.mode'] ?? 'none';
  if (!supported || mode === 'none') return 'name';
  if (mode === 'name') return 'physicalName';
  if (mode === 'id') return 'id';
  throw new UnsupportedFeatureError(
    'columnMapping',
    `the table's delta.columnMapping.mode is ${mode}, which is not understood`,
  );
}
