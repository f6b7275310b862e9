import { checkName } from './check-name.ts';
import type { Faults } from './definition-error.ts';
import type { Tile } from './model.ts';
import { QUARANTINE_PATH } from './names.ts';
import type { RollupDefinition } from './rollup-definition.ts';
import type { TableDefinition } from './table-definition.ts';
import { isTimeZone } from './time-zone.ts';

/** What a fleet's parts could contradict each other in; each table and rollup is checked on its own. */
export function checkFleet(
  definition: {
    readonly name: string;
    readonly timeZone?: string;
    readonly tables: Readonly<Record<string, TableDefinition>>;
    readonly rollups?: Readonly<Record<string, RollupDefinition>>;
    readonly tiles?: readonly Tile[];
  },
  faults: Faults,
): void {
  const { name, timeZone, tables, rollups = {}, tiles = [] } = definition;
  checkName(name, name, faults);
  if (name === QUARANTINE_PATH) faults(name, 'the quarantine has this name');
  if (timeZone !== undefined && !isTimeZone(timeZone)) {
    faults(
      `${name}.timeZone`,
      `${JSON.stringify(timeZone)} is no time zone; write an IANA name as America/New_York`,
    );
  }
  if (Object.keys(tables).length === 0) faults(`${name}.tables`, 'a fleet needs at least one table');
  // `<fleet>_<table>`, `<fleet>_<table>_current` and `<fleet>_<rollup>` stand side by side in SQL
  const taken = new Map<string, string>();
  const claim = (path: string, sql: string) => {
    const other = taken.get(sql);
    if (other !== undefined) faults(path, `would be ${name}_${sql} in SQL, and so would ${other}`);
    taken.set(sql, path);
  };
  for (const table of Object.keys(tables)) {
    checkName(`${name}.tables.${table}`, table, faults);
    claim(`${name}.tables.${table}`, table);
    claim(`${name}.tables.${table} (its _current view)`, `${table}_current`);
  }
  for (const rollup of Object.keys(rollups)) {
    checkName(`${name}.rollups.${rollup}`, rollup, faults);
    claim(`${name}.rollups.${rollup}`, rollup);
  }
  tiles.forEach((tile, i) =>
    checkTile(`${name}.tiles[${i}]`, tile, columnsBySource(tables, rollups), faults),
  );
}

function columnsBySource(
  tables: Readonly<Record<string, TableDefinition>>,
  rollups: Readonly<Record<string, RollupDefinition>>,
): ReadonlyMap<string, readonly string[]> {
  return new Map<string, readonly string[]>([
    ...Object.entries(tables).map(([name, table]) => [name, Object.keys(table.options.columns)] as const),
    ...Object.entries(rollups).map(
      ([name, rollup]) => [name, [...rollup.shown, 'window_start', 'window_end']] as const,
    ),
  ]);
}

function checkTile(
  path: string,
  tile: Tile,
  sources: ReadonlyMap<string, readonly string[]>,
  faults: Faults,
): void {
  const columns = sources.get(tile.source);
  if (columns === undefined) {
    faults(
      `${path}.source`,
      `no table or rollup ${JSON.stringify(tile.source)}; there are ${Array.from(sources.keys()).join(', ')}`,
    );
    return;
  }
  for (const column of [...tile.columns, ...(tile.by === undefined ? [] : [tile.by])]) {
    if (!columns.includes(column))
      faults(path, `${tile.source} has no column ${JSON.stringify(column)}; it has ${columns.join(', ')}`);
  }
}
