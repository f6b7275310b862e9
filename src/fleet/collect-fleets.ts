import { UsageError } from '../errors.ts';
import type { Fleet, Rollup, Table } from './model.ts';
import { QUARANTINE_PATH, tablePath } from './names.ts';

/** The fleets among a module's exports, each once. Two of one name are refused. */
export function collectFleets(exports: Readonly<Record<string, unknown>>): readonly Fleet[] {
  const fleets = new Set(Object.values(exports).filter(isFleet));
  const names = new Set<string>();
  for (const { name } of fleets) {
    if (names.has(name))
      throw new UsageError(`two fleets are called ${JSON.stringify(name)}: their tables would be one`);
    names.add(name);
  }
  return Array.from(fleets);
}

function isFleet(value: unknown): value is Fleet {
  return (
    typeof value === 'object' &&
    value !== null &&
    'tables' in value &&
    'rollups' in value &&
    'batchWindow' in value
  );
}

/** Every Delta table of a lake with these fleets, the quarantine first. */
export function lakePaths(fleets: readonly Fleet[]): readonly string[] {
  return [
    QUARANTINE_PATH,
    ...fleets.flatMap(({ name, tables, rollups }) =>
      [...Object.keys(tables), ...Object.keys(rollups)].map((each) => tablePath(name, each)),
    ),
  ];
}

/** The rollups of all fleets, of one, or the one named, each with the table it is made from. */
export function selectRollups(
  fleets: readonly Fleet[],
  { fleet, rollup }: { readonly fleet?: string; readonly rollup?: string } = {},
): readonly { readonly rollup: Rollup; readonly source: Table }[] {
  return fleets
    .filter(({ name }) => fleet === undefined || name === fleet)
    .flatMap(({ tables, rollups }) =>
      Object.values(rollups).map((each) => ({ rollup: each, source: tables[each.source]! })),
    )
    .filter((each) => rollup === undefined || each.rollup.name === rollup);
}
