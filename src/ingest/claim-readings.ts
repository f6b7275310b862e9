import type { Message } from '../decode/decoder.ts';
import { loadSnapshot } from '../delta/index.ts';
import { tablePath } from '../fleet/index.ts';
import type { Table } from '../fleet/model.ts';
import type { StoredFailure } from './failures.ts';
import { readHeldFailures } from './held-failures.ts';
import { readHeldOrigins } from './held-origins.ts';
import type { LakeTable } from './lake.ts';
import { wishOf } from './open-shares.ts';
import { gatherRuns, originOf, type Place, placeKey } from './places.ts';
import type { QuarantineRow } from './quarantine-rows.ts';
import type { ReplayDeps } from './replay-origins.ts';

/** By `placeKey` the tables for which a message comes back as a whole. */
export type Claims = ReadonlyMap<string, ReadonlySet<string>>;

const NONE: ReadonlySet<number> = new Set();

/**
 * Messages that come back as a whole, though the quarantine does not say so of their tables yet: no table took the topic
 * and one does now, or a table finds other readings in the message now than when all of them failed. The quarantine has
 * to name such a table before the table gets rows, so that an attempt at the message's batch leaves them out.
 */
export async function planClaims(
  rows: readonly QuarantineRow[],
  quarantine: LakeTable,
  deps: ReplayDeps,
): Promise<Claims> {
  const claims = new Map<string, Set<string>>();
  const unrouted = findUnrouted(rows, deps);
  const known = await readSubjects(
    unrouted.map(({ place }) => place),
    quarantine,
  );
  for (const { place } of unrouted) {
    const subjects = known.get(placeKey(place)) ?? [];
    const paths = deps.router(place.record.key).map(({ table }) => tablePath(table.fleet, table.name));
    // a table that the quarantine names got the message from the stream meanwhile
    claims.set(
      placeKey(place),
      new Set(paths.filter((path) => !subjects.some((subject) => subject.startsWith(`${path}#`)))),
    );
  }
  for (const [table, places] of findRecounted(rows, deps)) {
    const opened = await deps.lake.open(wishOf(table));
    const snapshot = await loadSnapshot(opened.store);
    const held = snapshot && (await readHeldOrigins(opened.store, snapshot, places));
    for (const place of places) {
      const key = placeKey(place);
      if (held?.has(key) === true) continue;
      const tables = claims.get(key) ?? new Set();
      claims.set(key, tables.add(tablePath(table.fleet, table.name)));
    }
  }
  return claims;
}

/** The places of messages that may have to be claimed: cheap to say, and mostly none. */
export function findUnclaimed(rows: readonly QuarantineRow[], deps: ReplayDeps): readonly Place[] {
  const places = [
    ...findUnrouted(rows, deps).map(({ place }) => place),
    ...Array.from(findRecounted(rows, deps).values()).flat(),
  ];
  return Array.from(new Map(places.map((place) => [placeKey(place), place])).values());
}

function findUnrouted(rows: readonly QuarantineRow[], { router }: ReplayDeps): readonly QuarantineRow[] {
  return rows.filter(
    ({ failures, place }) =>
      failures.some(({ table, resolution }) => table === null && resolution === undefined) &&
      router(place.record.key).length > 0,
  );
}

/** A row's failures once its message is claimed; undefined where nothing is to be done. */
export function applyClaims(row: QuarantineRow, claims: Claims): readonly StoredFailure[] | undefined {
  const tables = claims.get(placeKey(row.place));
  if (tables === undefined) return undefined;
  const isTaken = ({ table, index, resolution }: StoredFailure) =>
    resolution === undefined && (table === null || (index >= 0 && tables.has(table)));
  const first = row.failures.find(isTaken);
  if (first === undefined) return undefined;
  const { reason, detail } = first;
  return [
    ...row.failures.map((failure): StoredFailure => {
      return isTaken(failure) ? { ...failure, resolution: 'replayed' } : failure;
    }),
    ...Array.from(tables, (table) => ({ table, index: -1, reason, detail })),
  ];
}

/** By `placeKey` what the quarantine knows of the messages, whichever row says it. */
async function readSubjects(
  places: readonly Place[],
  quarantine: LakeTable,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const subjects = new Map<string, readonly string[]>();
  for (const run of gatherRuns(places)) {
    const held = await readHeldFailures(quarantine, run);
    for (const record of run.records) {
      const place = { ...run, record };
      subjects.set(placeKey(place), Array.from(held.get(originOf(place).position) ?? []));
    }
  }
  return subjects;
}

/** The messages in which a table finds another number of readings than when they failed. */
function findRecounted(rows: readonly QuarantineRow[], { router, decoderOf }: ReplayDeps) {
  const recounted = new Map<Table, Place[]>();
  const timesSeen = new Map<string, number>();
  for (const { place } of rows) timesSeen.set(placeKey(place), (timesSeen.get(placeKey(place)) ?? 0) + 1);
  for (const { place, failures } of rows) {
    if (timesSeen.get(placeKey(place)) !== 1) continue;
    const { key: topic, payload, arrivedAt } = place.record;
    for (const { table, levels } of router(topic)) {
      const path = tablePath(table.fleet, table.name);
      const failed = failures.find(
        (failure) => failure.table === path && failure.index >= 0 && failure.resolution === undefined,
      );
      if (failed?.readings === undefined) continue;
      const message: Message = { topic, levels, payload, arrivedAt, origin: originOf(place) };
      const decoder = decoderOf(table);
      const { readings } = decoder.decode(message, decoder.newBatch(1), NONE);
      if (readings === 0 || readings === failed.readings) continue;
      const places = recounted.get(table) ?? [];
      recounted.set(table, places);
      places.push(place);
    }
  }
  return recounted;
}
