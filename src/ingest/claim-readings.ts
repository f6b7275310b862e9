import type { Message } from '../decode/message.ts';
import { loadSnapshot } from '../delta/snapshot.ts';
import { tablePath } from '../fleet/index.ts';
import type { Table } from '../fleet/model.ts';
import { failureSubject, type StoredFailure } from './failures.ts';
import { readHeldFailures } from './held-failures.ts';
import { readHeldOrigins } from './held-origins.ts';
import type { LakeTable } from './lake.ts';
import { wishOf } from './open-shares.ts';
import { gatherRuns, originOf, type Place, placeKey } from './places.ts';
import { type QuarantineRow, rowKey } from './quarantine-rows.ts';
import type { IngestDeps } from './ingest-deps.ts';

/** By row the tables for which its message comes back as a whole. */
export type Claims = ReadonlyMap<string, ReadonlySet<string>>;

export const NO_CLAIMS: Claims = new Map();

const NONE: ReadonlySet<number> = new Set();

type Claimable = { readonly row: QuarantineRow; readonly table: Table };

/**
 * Messages that come back as a whole, though the quarantine does not say so of their tables yet: no table took the topic
 * and one does now, or a table finds other readings in the message now than when all of them failed. The quarantine has
 * to name such a table before the table gets rows, so that an attempt at the message's batch leaves them out.
 */
export async function planClaims(
  rows: readonly QuarantineRow[],
  quarantine: LakeTable,
  deps: IngestDeps,
): Promise<Claims> {
  const claims = new Map<string, Set<string>>();
  const claim = ({ row, table }: Claimable) => {
    const tables = claims.get(rowKey(row)) ?? new Set();
    claims.set(rowKey(row), tables.add(tablePath(table.fleet, table.name)));
  };
  const unrouted = findUnrouted(rows, deps);
  const known = await readSubjects(
    unrouted.map(({ place }) => place),
    quarantine,
  );
  for (const row of unrouted) {
    claims.set(rowKey(row), new Set());
    const subjects = known.get(placeKey(row.place));
    for (const { table } of deps.router(row.place.record.key)) {
      // another replay has claimed it, or another definition found it wholly unreadable
      if (subjects?.has(failureSubject(tablePath(table.fleet, table.name), -1)) !== true)
        claim({ row, table });
    }
  }
  for (const [table, recounted] of Map.groupBy(findRecounted(rows, deps), (each) => each.table)) {
    const opened = await deps.lake.open(wishOf(table));
    const snapshot = await loadSnapshot(opened.store);
    const places = recounted.map(({ row }) => row.place);
    const held = snapshot && (await readHeldOrigins(opened.store, snapshot, places));
    for (const each of recounted) if (held?.has(placeKey(each.row.place)) !== true) claim(each);
  }
  return claims;
}

/** A row's failures once its message is claimed; undefined where nothing is to be done. */
export function applyClaims(row: QuarantineRow, claims: Claims): readonly StoredFailure[] | undefined {
  const tables = claims.get(rowKey(row));
  if (tables === undefined) return undefined;
  const isTaken = ({ table, index, resolution }: StoredFailure) =>
    resolution === undefined && (table === null || (index >= 0 && tables.has(table)));
  const first = row.failures.find(isTaken);
  if (first === undefined) return undefined;
  const { reason, detail } = first;
  return [
    ...row.failures.flatMap((failure): StoredFailure[] => {
      if (!isTaken(failure)) return [failure];
      // a reading is spoken for by the whole message
      return failure.table === null ? [{ ...failure, resolution: 'replayed' }] : [];
    }),
    ...Array.from(tables, (table) => ({ table, index: -1, reason, detail })),
  ];
}

/** The places of messages that may have to be claimed: mostly none. */
export function findClaimable(rows: readonly QuarantineRow[], deps: IngestDeps): readonly Place[] {
  const claimable = [...findUnrouted(rows, deps), ...findRecounted(rows, deps).map(({ row }) => row)];
  return Array.from(new Map(claimable.map(({ place }) => [placeKey(place), place])).values());
}

/** By `placeKey` what the quarantine knows of the messages, whichever row says it. */
export async function readSubjects(
  places: readonly Place[],
  quarantine: LakeTable,
): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const subjects = new Map<string, ReadonlySet<string>>();
  for (const run of gatherRuns(places)) {
    const held = await readHeldFailures(quarantine, run);
    for (const record of run.records) {
      const place = { ...run, record };
      subjects.set(placeKey(place), held.get(originOf(place).position) ?? new Set());
    }
  }
  return subjects;
}

/** Rows of messages that no table took and one takes now. */
function findUnrouted(rows: readonly QuarantineRow[], { router }: IngestDeps): readonly QuarantineRow[] {
  return rows.filter(
    ({ failures, place }) =>
      failures.some(({ table, resolution }) => table === null && resolution === undefined) &&
      router(place.record.key).length > 0,
  );
}

/** Rows with readings of a table that finds another number of readings in the message now. */
function findRecounted(
  rows: readonly QuarantineRow[],
  { router, decoderOf }: IngestDeps,
): readonly Claimable[] {
  return rows.flatMap((row) => {
    const { key: topic, payload, arrivedAt } = row.place.record;
    return router(topic).flatMap(({ table, levels }): Claimable[] => {
      const path = tablePath(table.fleet, table.name);
      const failed = row.failures.find(
        (failure) => failure.table === path && failure.index >= 0 && failure.resolution === undefined,
      );
      if (failed?.readings === undefined) return [];
      const message: Message = { topic, levels, payload, arrivedAt, origin: originOf(row.place) };
      const decoder = decoderOf(table);
      const { readings } = decoder.decode(message, decoder.newBatch(1), NONE);
      return readings === 0 || readings === failed.readings ? [] : [{ row, table }];
    });
  });
}
