import type { StructType } from '../columns/types.ts';
import type { Action, Metadata, Protocol } from './actions.ts';
import { CorruptLogError } from './errors.ts';
import { commitPath } from './log-path.ts';

/**
 * What a writer knows of a table: never the file list, so that its cost does not grow with the table (design 5.9).
 * `txns`: the newest version by application.
 */
export type TableState = {
  readonly version: number;
  readonly protocol: Protocol;
  readonly metadata: Metadata;
  readonly schema: StructType;
  readonly txns: ReadonlyMap<string, number>;
  /** when this process last saw that `version` was the newest, in ms: the older, the less it may be relied on */
  readonly seenAt: number;
};

/** A state in the making: a log may name protocol and metadata at any version. */
export type PartialState = Omit<TableState, 'protocol' | 'metadata' | 'schema'> & {
  readonly protocol: Protocol | undefined;
  readonly metadata: Metadata | undefined;
};

export const NO_STATE: PartialState = {
  version: -1,
  protocol: undefined,
  metadata: undefined,
  txns: new Map(),
  seenAt: 0,
};

/** The state after the actions of `version`. */
export function applyActions<T extends PartialState>(
  state: T,
  version: number,
  actions: readonly Action[],
  seenAt: number,
): T {
  let { protocol, metadata, txns } = state;
  let changed: Map<string, number> | undefined;
  for (const action of actions) {
    if ('protocol' in action) protocol = action.protocol;
    else if ('metaData' in action) metadata = action.metaData;
    else if ('txn' in action) {
      txns = changed ??= new Map(txns);
      changed.set(action.txn.appId, action.txn.version);
    }
  }
  const next = { ...state, version, protocol, metadata, txns, seenAt };
  return metadata !== undefined && metadata !== state.metadata
    ? { ...next, schema: parseSchema(metadata, version) }
    : next;
}

/** @throws CorruptLogError where no commit up to the version said what the table is */
export function completeState<T extends PartialState>(state: T): T & TableState {
  const { protocol, metadata, version } = state;
  const missing = protocol === undefined ? 'protocol' : metadata === undefined ? 'metaData' : undefined;
  if (missing !== undefined || protocol === undefined || metadata === undefined) {
    throw new CorruptLogError(
      commitPath(version),
      `no ${missing} action up to version ${version}: the log is not whole`,
    );
  }
  return { ...state, protocol, metadata, schema: parseSchema(metadata, version) };
}

/** @param version that names the schema, for the message */
export function parseSchema(metadata: Metadata, version: number): StructType {
  if (typeof metadata.schemaString !== 'string') {
    throw new CorruptLogError(commitPath(version), `the metaData up to version ${version} names no schema`);
  }
  let schema: unknown;
  try {
    schema = JSON.parse(metadata.schemaString);
  } catch (error) {
    throw new CorruptLogError(commitPath(version), `the schema at version ${version} is no JSON`, {
      cause: error,
    });
  }
  const { type, fields } = schema as { readonly type?: unknown; readonly fields?: unknown };
  if (type !== 'struct' || !Array.isArray(fields)) {
    throw new CorruptLogError(commitPath(version), `the schema at version ${version} is no struct`);
  }
  return schema as StructType;
}
