import type { StructField } from '../../src/columns/types.ts';
import { currentViewName, ROLLUP, rollupSchema, sqlName, tableSchema } from '../../src/fleet/index.ts';
import type { Fleet, Measure, Rollup, Table } from '../../src/fleet/model.ts';

/** What a tile may ask of its source: which columns there are, what they mean, and when a row was. */
export type TileSource = {
  /** of the table in the lake */
  readonly table: string;
  /** what the tile reads: a raw table's current rows, a rollup itself */
  readonly relation: string;
  readonly fields: readonly StructField[];
  readonly timeColumn: string | undefined;
  /** milliseconds between two rows of one group; undefined for raw tables */
  readonly everyMs: number | undefined;
  /** what a column adds up to over time and groups */
  readonly measures: ReadonlyMap<string, Measure['kind']>;
  /** rows of the source behind a row, where a measure counts them */
  readonly countColumn: string | undefined;
  readonly units: ReadonlyMap<string, string>;
};

const UNIT_MS = {
  second: 1000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
  week: 7 * 86_400_000,
  month: 30 * 86_400_000,
} as const;

/** The tables and rollups of a fleet that tiles may name. */
export function findTileSource(fleet: Fleet, name: string): TileSource | undefined {
  const table = fleet.tables[name];
  if (table !== undefined) return tableSource(table);
  const rollup = fleet.rollups[name];
  return rollup && rollupSource(rollup, fleet.tables[rollup.source]!);
}

function tableSource(table: Table): TileSource {
  return {
    table: sqlName(table.fleet, table.name),
    relation: currentViewName(table.fleet, table.name),
    fields: tableSchema(table).fields,
    timeColumn: table.eventTime,
    everyMs: undefined,
    measures: new Map(),
    countColumn: undefined,
    units: unitsOf(table),
  };
}

function rollupSource(rollup: Rollup, source: Table): TileSource {
  const measures = Object.entries(rollup.measures);
  const units = unitsOf(source);
  const { count, unit } = rollup.every;
  return {
    table: sqlName(rollup.fleet, rollup.name),
    relation: sqlName(rollup.fleet, rollup.name),
    fields: rollupSchema(rollup, source).fields,
    timeColumn: ROLLUP.start,
    everyMs: count * UNIT_MS[unit],
    measures: new Map(measures.map(([name, { kind }]) => [name, kind])),
    countColumn: measures.find(([, { kind }]) => kind === 'count')?.[0],
    units: new Map(
      measures.flatMap(([name, measure]) => {
        const of = 'column' in measure ? units.get(measure.column) : undefined;
        return of === undefined ? [] : [[name, of]];
      }),
    ),
  };
}

function unitsOf({ columns }: Table): ReadonlyMap<string, string> {
  return new Map(columns.flatMap(({ name, unit }) => (unit === undefined ? [] : [[name, unit]])));
}
