import { readFile } from '../delta/read-file.ts';
import { scan } from '../delta/scan.ts';
import { loadSnapshot } from '../delta/snapshot.ts';
import type { ObjectStore } from '../stores/object-store.ts';
import type { Resolution, StoredFailure } from './failures.ts';
import { type Place, placeKey, rangesOf } from './places.ts';
import {
  isSelected,
  QUARANTINE_COLUMNS,
  quarantineFiles,
  type QuarantineRow,
  type QuarantineSelection,
  readQuarantineRows,
} from './quarantine-rows.ts';

/** What failed alike. */
export type QuarantineGroup = {
  readonly reason: string;
  readonly table: string | null;
  readonly state: 'open' | Resolution;
  /** failures; a reading of a message, or the message as a whole */
  readonly failures: number;
  readonly messages: number;
  /** arrival, ms */
  readonly first: number;
  readonly last: number;
};

export type QuarantineList = {
  readonly messages: number;
  readonly open: number;
  /** the largest first */
  readonly groups: readonly QuarantineGroup[];
  /** those that arrived last, the last one first; without payloads */
  readonly latest: readonly QuarantineRow[];
};

/**
 * Counts what the quarantine holds. `store`: the quarantine's own; no table there is an empty one.
 * @param limit of `latest`
 */
export async function listQuarantine(
  store: ObjectStore,
  selection: QuarantineSelection,
  limit: number,
): Promise<QuarantineList> {
  const groups = new Map<string, QuarantineGroup>();
  let latest: QuarantineRow[] = [];
  let messages = 0;
  let open = 0;
  const snapshot = await loadSnapshot(store);
  const files =
    snapshot === undefined ? [] : quarantineFiles(snapshot, { since: selection.since, open: false });
  for (const file of files) {
    const rows = readQuarantineRows(await readFile(store, snapshot!, file, QUARANTINE_COLUMNS)).filter(
      (row) => isSelected(row, selection),
    );
    for (const row of rows) {
      messages++;
      if (row.resolvedAt === undefined) open++;
      countRow(row, selection, groups);
    }
    latest = [...latest, ...rows].sort((a, b) => arrivalOf(b) - arrivalOf(a)).slice(0, limit);
  }
  const sorted = Array.from(groups.values()).sort((a, b) => b.failures - a.failures);
  return { messages, open, groups: sorted, latest };
}

/** The rows of one message with its bytes; several where a table refused it later than another. */
export async function findQuarantined(store: ObjectStore, place: Place): Promise<readonly QuarantineRow[]> {
  const snapshot = await loadSnapshot(store);
  const found: QuarantineRow[] = [];
  if (snapshot === undefined) return found;
  for await (const batch of scan(store, snapshot, { where: rangesOf([place], { byArrival: false }) })) {
    found.push(...readQuarantineRows(batch).filter((row) => placeKey(row.place) === placeKey(place)));
  }
  return found;
}

function countRow(
  { failures, place }: QuarantineRow,
  { reason, table }: QuarantineSelection,
  groups: Map<string, QuarantineGroup>,
): void {
  const at = place.record.arrivedAt;
  const seen = new Set<string>();
  for (const failure of failures) {
    if (
      (reason !== undefined && failure.reason !== reason) ||
      (table !== undefined && failure.table !== table)
    )
      continue;
    const state = stateOf(failure);
    const key = `${failure.reason} ${failure.table} ${state}`;
    const group = groups.get(key) ?? {
      reason: failure.reason,
      table: failure.table,
      state,
      failures: 0,
      messages: 0,
      first: at,
      last: at,
    };
    groups.set(key, {
      ...group,
      failures: group.failures + 1,
      messages: group.messages + (seen.has(key) ? 0 : 1),
      first: Math.min(group.first, at),
      last: Math.max(group.last, at),
    });
    seen.add(key);
  }
}

function stateOf({ resolution }: StoredFailure): QuarantineGroup['state'] {
  return resolution ?? 'open';
}

function arrivalOf({ place }: QuarantineRow): number {
  return place.record.arrivedAt;
}
