import { UsageError } from '../errors.ts';
import { isFields, list, show } from './faults.ts';
import type { Fleet, Rollup, Table } from './model.ts';
import {
  currentViewName,
  QUARANTINE_PATH,
  QUARANTINE_SQL_NAME,
  sqlName,
  tablePath,
  utcViewName,
} from './names.ts';

/**
 * The fleets among a module's exports, lists of fleets taken apart, each once. Throws a `UsageError` where two of them would share a name, or a name in
 * SQL; that there are none is for the caller to judge.
 */
export function collectFleets(exported: Readonly<Record<string, unknown>>): readonly Fleet[] {
  const fleets = Array.from(new Set(Object.values(exported).flat().filter(isFleet)));
  checkSideBySide(fleets);
  return fleets;
}

/** By its shape, since a module may have been loaded beside another copy of this one. */
function isFleet(value: unknown): value is Fleet {
  return isFields(value) && ['tables', 'rollups', 'models', 'batchWindow'].every((key) => key in value);
}

/** Every Delta table of a lake with these fleets, the quarantine first. */
export function lakePaths(fleets: readonly Fleet[]): readonly string[] {
  const paths = fleets.flatMap(({ name, tables, rollups, models }) => {
    return [tables, rollups, models].flatMap(Object.keys).map((each) => tablePath(name, each));
  });
  return [QUARANTINE_PATH, ...paths];
}

/** Fleet `a` with table `b_c` and fleet `a_b` with table `c` would be one in SQL. */
function checkSideBySide(fleets: readonly Fleet[]): void {
  const names = new Set<string>();
  const taken = new Map([[QUARANTINE_SQL_NAME, 'the quarantine']]);
  for (const { name: fleet, tables, rollups, models } of fleets) {
    if (names.has(fleet)) throw new UsageError(`two fleets are named ${show(fleet)}; rename one`);
    names.add(fleet);
    const claims: (readonly [name: string, owner: string])[] = [];
    const claim = (each: string, owner: string) => {
      const table = sqlName(fleet, each);
      claims.push([table, owner], [utcViewName(table), `the view in UTC of ${owner}`]);
    };
    for (const table of Object.keys(tables)) {
      claim(table, `${fleet}.tables.${table}`);
      claims.push([currentViewName(fleet, table), `the view of current rows of ${fleet}.tables.${table}`]);
    }
    for (const each of Object.keys(rollups)) claim(each, `${fleet}.rollups.${each}`);
    for (const each of Object.keys(models)) claim(each, `${fleet}.models.${each}`);
    for (const [name, owner] of claims) {
      const other = taken.get(name);
      if (other !== undefined)
        throw new UsageError(`${owner} and ${other} are both ${name} in SQL; rename one`);
      taken.set(name, owner);
    }
  }
}

/** All, or the one of this name. Throws a `UsageError` for a fleet that there is not. */
export function selectFleets(fleets: readonly Fleet[], name: string | undefined): readonly Fleet[] {
  const asked = fleets.filter((fleet) => name === undefined || fleet.name === name);
  if (name !== undefined && asked.length === 0) {
    throw new UsageError(`no fleet ${show(name)}; there are ${list(fleets.map((each) => each.name))}`);
  }
  return asked;
}

/**
 * The rollups that are asked for, each with its source: all, those of one fleet, or one. Throws a `UsageError` for a fleet
 * or a rollup that there is not.
 */
export function selectRollups(
  fleets: readonly Fleet[],
  { fleet, rollup }: { readonly fleet?: string; readonly rollup?: string } = {},
): readonly { readonly rollup: Rollup; readonly source: Table }[] {
  const asked = selectFleets(fleets, fleet);
  const all = asked.flatMap(({ tables, rollups }) => {
    return Object.values(rollups).map((each) => ({ rollup: each, source: tables[each.source]! }));
  });
  const selected = all.filter((each) => rollup === undefined || each.rollup.name === rollup);
  if (rollup !== undefined && selected.length === 0) {
    throw new UsageError(`no rollup ${show(rollup)}; there are ${list(all.map((each) => each.rollup.name))}`);
  }
  return selected;
}
