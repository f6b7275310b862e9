import type { StructType } from '../columns/types.ts';
import type { ObjectStore } from '../stores/object-store.ts';
import type { Action, Metadata } from './actions.ts';
import { ENGINE_INFO } from './commit-actions.ts';
import { formatCommit } from './commit-text.ts';
import type { DeltaDeps } from './deps.ts';
import { CorruptLogError } from './errors.ts';
import { commitPath } from './log-path.ts';
import { PLAIN_PROTOCOL } from './protocol.ts';
import { withRetries } from './retry.ts';
import { loadTableState } from './snapshot.ts';
import { applyActions, completeState, NO_STATE, type TableState } from './table-state.ts';
import { assertPlainSchema } from './table-schema.ts';

export type TableDefinition = {
  readonly schema: StructType;
  readonly partitionColumns: readonly string[];
  readonly name?: string;
  readonly description?: string;
  /** table properties, as `delta.checkpointInterval` */
  readonly configuration?: Readonly<Record<string, string>>;
};

/**
 * Makes the table at the store's root with its version 0, or loads the one that is there, whatever its schema.
 * @throws DeltaError where the definition is none that every reader takes
 */
export async function createTable(
  store: ObjectStore,
  definition: TableDefinition,
  deps: DeltaDeps,
): Promise<TableState> {
  assertPlainSchema(definition.schema, definition.partitionColumns);
  const now = deps.clock();
  // asked first: log clean-up may have freed the name of version 0
  const known = await withRetries(() => loadTableState(store, now), deps);
  if (known !== undefined) return known;
  const txnId = deps.uuid();
  const actions: Action[] = [
    {
      commitInfo: {
        timestamp: now,
        operation: 'CREATE TABLE',
        operationParameters: { partitionBy: JSON.stringify(definition.partitionColumns) },
        isBlindAppend: true,
        engineInfo: ENGINE_INFO,
        txnId,
      },
    },
    { protocol: PLAIN_PROTOCOL },
    { metaData: metadataOf(definition, deps.uuid(), now) },
  ];
  const outcome = await withRetries(() => store.putIfAbsent(commitPath(0), formatCommit(actions)), deps);
  if (outcome === 'created') return completeState(applyActions(NO_STATE, 0, actions, now));
  // ours, with its answer lost, or a rival's: the table is there
  const state = await withRetries(() => loadTableState(store, now), deps);
  if (state === undefined) throw new CorruptLogError(commitPath(0), 'exists, and cannot be found');
  return state;
}

function metadataOf(
  { schema, partitionColumns, name, description, configuration }: TableDefinition,
  id: string,
  now: number,
): Metadata {
  return {
    id,
    ...(name === undefined ? {} : { name }),
    ...(description === undefined ? {} : { description }),
    format: { provider: 'parquet', options: {} },
    schemaString: JSON.stringify(schema),
    partitionColumns: [...partitionColumns],
    configuration: configuration ?? {},
    createdTime: now,
  };
}
