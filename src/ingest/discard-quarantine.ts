import { loadSnapshot } from '../delta/snapshot.ts';
import { tablePath } from '../fleet/index.ts';
import type { Table } from '../fleet/model.ts';
import type { StoredFailure } from './failures.ts';
import { type HeldOrigins, readHeldOrigins } from './held-origins.ts';
import { wishOf } from './open-shares.ts';
import { type Place, placeKey } from './places.ts';
import { isOpen, type QuarantineRow, type QuarantineSelection, rowKey } from './quarantine-rows.ts';
import { openQuarantineSteps } from './quarantine-steps.ts';
import { QUARANTINE } from './quarantine.ts';
import type { IngestDeps } from './ingest-deps.ts';
import { rewriteQuarantine } from './rewrite-quarantine.ts';

/**
 * Marks what is open as done without: it is tried no more, and counts as neither lost nor missing. A reading that an
 * interrupted replay had brought into its table already is marked as what it is. Returns how many messages were marked.
 */
export async function discardQuarantine(
  selection: QuarantineSelection & { readonly limit?: number | undefined },
  deps: IngestDeps,
): Promise<number> {
  const quarantine = await deps.lake.open(QUARANTINE);
  let discarded = 0;
  for await (const { rows, files } of openQuarantineSteps(quarantine, selection)) {
    const chosen = new Set(rows.map(rowKey));
    const { resolved } = await rewriteQuarantine(
      {
        files,
        places: rows.map(({ place }) => place),
        planChange: async () => {
          const held = await readHeld(rows, deps);
          return (row) => (isOpen(row) && chosen.has(rowKey(row)) ? discardFailures(row, held) : undefined);
        },
      },
      deps.lake,
    );
    discarded += resolved;
  }
  return discarded;
}

function discardFailures(
  { place, failures }: QuarantineRow,
  held: ReadonlyMap<string, HeldOrigins>,
): readonly StoredFailure[] {
  return failures.flatMap((failure): StoredFailure[] => {
    if (failure.resolution !== undefined) return [failure];
    const { table, index } = failure;
    const rows = (table === null ? undefined : held.get(table)?.get(placeKey(place))) ?? new Set<number>();
    if (index >= 0) return [{ ...failure, resolution: rows.has(index) ? 'replayed' : 'discarded' }];
    return [
      { ...failure, resolution: 'discarded' },
      ...Array.from(rows, (row): StoredFailure => ({ ...failure, index: row, resolution: 'replayed' })),
    ];
  });
}

/** By table path what the tables hold of these messages. */
async function readHeld(
  rows: readonly QuarantineRow[],
  { lake, router }: IngestDeps,
): Promise<ReadonlyMap<string, HeldOrigins>> {
  const concerned = new Map<Table, Place[]>();
  for (const { place, failures } of rows) {
    for (const { table } of router(place.record.key)) {
      const path = tablePath(table.fleet, table.name);
      if (!failures.some((failure) => failure.table === path && failure.resolution === undefined)) continue;
      const places = concerned.get(table) ?? [];
      concerned.set(table, places);
      places.push(place);
    }
  }
  const held = new Map<string, HeldOrigins>();
  for (const [table, places] of concerned) {
    const { store, wish } = await lake.open(wishOf(table));
    const snapshot = await loadSnapshot(store);
    if (snapshot !== undefined) held.set(wish.path, await readHeldOrigins(store, snapshot, places));
  }
  return held;
}
