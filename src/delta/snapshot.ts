import type { ObjectStore } from '../stores/object-store.ts';
import type { AddFile } from './actions.ts';
import { findSegment } from './log-segment.ts';
import { replayLog, replayState } from './replay.ts';
import type { TableState } from './table-state.ts';
import { versionAsOf } from './time-travel.ts';

/** A table at a version: what a writer knows of it, and its live files. */
export type Snapshot = TableState & { readonly files: readonly AddFile[] };

/** `version`: that one; `asOf`: the newest that was committed at or before that time, in ms; neither: the newest. */
export type SnapshotOf = { readonly version?: number; readonly asOf?: number };

/**
 * Reads the log; undefined where there is no table.
 * @throws CorruptLogError where the log is not whole, UnsupportedFeatureError where it needs what is not understood
 */
export async function loadSnapshot(
  store: ObjectStore,
  { version, asOf }: SnapshotOf = {},
): Promise<Snapshot | undefined> {
  const wanted = asOf === undefined ? version : await versionAsOf(store, asOf);
  const segment = await findSegment(store, wanted);
  if (segment === undefined) return undefined;
  const { state, files } = await replayLog(store, segment, 0);
  return { ...state, files: Array.from(files.values()) };
}

/**
 * What a writer needs to know of the newest version: a checkpoint's file list is not read.
 * Undefined where there is no table.
 */
export async function loadTableState(store: ObjectStore, seenAt = 0): Promise<TableState | undefined> {
  const segment = await findSegment(store);
  return segment === undefined ? undefined : replayState(store, segment, seenAt);
}
