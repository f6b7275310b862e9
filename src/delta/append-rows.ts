import type { ObjectStore } from '../stores/object-store.ts';
import { commit } from './commit.ts';
import type { ConflictReason } from './conflict.ts';
import type { DeltaDeps } from './deps.ts';
import { DeltaError } from './errors.ts';
import {
  assertStillFits,
  isRepeatable,
  type PreparedRows,
  prepareRows,
  type RowSource,
} from './prepare-rows.ts';
import { assertWritable } from './protocol.ts';
import { withRetries } from './retry.ts';
import { loadTableState } from './snapshot.ts';
import type { TableState } from './table-state.ts';
import type { Change, Outcome } from './transact.ts';

export type AppendOptions = {
  /** what the rows of a file are ordered by: narrow bounds let readers skip */
  readonly sortBy?: readonly string[];
  /**
   * Makes the append happen once, however often it is tried: it is left out where the table holds this version of the
   * application, or a later one. The version goes up by the application's own count: a batch's number, an offset.
   */
  readonly once?: { readonly appId: string; readonly version: number };
  /** kept in the table's history */
  readonly userMetadata?: string;
};

export type AppendReport = Change & { readonly appended: number };

/**
 * Appends rows on top of whatever else is going on: costs one PUT a file and one for the commit where `state` is the newest.
 */
export async function appendRows(
  store: ObjectStore,
  known: TableState,
  source: RowSource,
  { sortBy = [], once, userMetadata }: AppendOptions,
  deps: DeltaDeps,
): Promise<Outcome<AppendReport>> {
  const conflicts: ConflictReason[] = [];
  let state = known;
  const skipped = () => {
    const report = { version: state.version, committed: false, conflicts, appended: 0 };
    return { report, state };
  };
  assertWritable(state);
  if (isHeld(state, once)) return skipped();
  let prepared: PreparedRows;
  try {
    prepared = await prepareRows(store, state, source, { sortBy }, deps);
  } catch (error) {
    // the table may have got columns since its state was read; rows that come one by one come only once
    const newest = await withRetries(() => loadTableState(store, deps.clock()), deps);
    const isOutdated = newest?.metadata.schemaString !== state.metadata.schemaString;
    if (!(error instanceof DeltaError) || newest === undefined || !isOutdated || !isRepeatable(source))
      throw error;
    state = newest;
    prepared = await prepareRows(store, state, source, { sortBy }, deps);
  }
  if (prepared.adds.length === 0 && once === undefined) return skipped();
  for (;;) {
    const { partitionColumns } = state.metadata;
    const request = {
      base: state,
      operation: 'WRITE',
      adds: prepared.adds,
      txns: once === undefined ? [] : [once],
      reads: 'nothing',
      info: {
        operationParameters: { mode: 'Append', partitionBy: JSON.stringify(partitionColumns) },
        ...(userMetadata === undefined ? {} : { userMetadata }),
      },
    } as const;
    const result = await commit(store, request, deps);
    state = result.state;
    if (result.kind === 'committed') {
      return {
        report: { version: state.version, committed: true, conflicts, appended: prepared.rows },
        state,
      };
    }
    conflicts.push(result.reason);
    if (isHeld(state, once)) return skipped();
    assertStillFits(prepared, state);
  }
}

function isHeld({ txns }: TableState, once: AppendOptions['once']): boolean {
  return once !== undefined && (txns.get(once.appId) ?? -1) >= once.version;
}
