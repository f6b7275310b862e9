import { UsageError } from '../../src/errors.ts';
import { QUARANTINE_PATH, selectFleets, tablePath } from '../../src/fleet/index.ts';
import type { Fleet } from '../../src/fleet/model.ts';
import { QUARANTINE_SORT } from '../../src/ingest/quarantine.ts';
import { modelLayout } from '../../src/models/model-layout.ts';
import { rollupLayout, ROWS_PER_FILE } from '../../src/rollup/gold-files.ts';

/** How the files of a table of the lake are kept: as its writer makes them, only larger. */
export type Upkeep = {
  /** in the lake: `weather/observations` */
  readonly table: string;
  readonly sortBy: readonly string[];
  /** undefined: as many as the file size takes */
  readonly targetRows?: number;
};

/** Which tables to look after: a fleet's, some by their paths (`weather/observations`), or all where nothing is said. */
export type UpkeepEvent = { readonly fleet?: string; readonly tables?: readonly string[] };

/**
 * The tables that are asked for. Gold's files stay small: a late row rewrites the one that its window lies in (design 5.9).
 *
 * @throws UsageError for a fleet that there is not, or a table that none has
 */
export function selectUpkeep(
  fleets: readonly Fleet[],
  { fleet: only, tables }: UpkeepEvent,
): readonly Upkeep[] {
  const all: readonly Upkeep[] = [
    ...(only === undefined ? [{ table: QUARANTINE_PATH, sortBy: QUARANTINE_SORT }] : []),
    ...selectFleets(fleets, only).flatMap((fleet) => [
      ...Object.values(fleet.tables).map(({ name, sortBy }) => ({
        table: tablePath(fleet.name, name),
        sortBy,
      })),
      ...Object.values(fleet.rollups).map((rollup) => ({
        table: tablePath(fleet.name, rollup.name),
        sortBy: rollupLayout(rollup).sortBy,
        targetRows: ROWS_PER_FILE,
      })),
      ...Object.values(fleet.models).map((model) => ({
        table: tablePath(fleet.name, model.name),
        sortBy: modelLayout(model).sortBy,
        targetRows: ROWS_PER_FILE,
      })),
    ]),
  ];
  const unknown = tables?.find((table) => !all.some((each) => each.table === table));
  if (unknown !== undefined) {
    const known = all.map(({ table }) => table).join(', ');
    throw new UsageError(`no table ${JSON.stringify(unknown)} in this lake; there are ${known}`);
  }
  return all.filter(({ table }) => tables?.includes(table) ?? true);
}

/**
 * The time, in ms, at which work has to end so that an invocation ends well: what is left of it then is enough for a file
 * that is on its way.
 */
export function lastMoment(remainingMs: number, now: number): number {
  return now + remainingMs - Math.min(60_000, remainingMs / 4);
}

/** The tables in an order that begins anywhere: where time never suffices for all, each has its turn. */
export function rotate<T>(items: readonly T[], random: number): readonly T[] {
  const start = Math.floor(random * items.length);
  return [...items.slice(start), ...items.slice(0, start)];
}
