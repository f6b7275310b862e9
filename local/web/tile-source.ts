import type { StructField } from '../../src/columns/types.ts';
import { sqlName } from '../../src/fleet/index.ts';
import type { Fleet, Measure, Model, Rollup, Table } from '../../src/fleet/model.ts';
import { type LakeEntry, lakeEntries } from '../../src/lake/lake-entries.ts';

/** What a column comes to over several rows. A raw value has no such meaning of its own. */
export type ColumnSense = Measure['kind'] | 'value';

/** What a tile may ask of its source: which columns there are, what they mean, and when a row was. */
export type TileSource = {
  /** the table as SQL and the lake know it */
  readonly entry: LakeEntry;
  /** what the tile reads: a raw table's current rows, a rollup or model itself */
  readonly relation: string;
  readonly fields: readonly StructField[];
  readonly timeColumn: string | undefined;
  /** milliseconds between two rows of one group; undefined where no window says so */
  readonly everyMs: number | undefined;
  readonly senses: ReadonlyMap<string, ColumnSense>;
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

/** The tables, rollups and models of a fleet that tiles may name. */
export function findTileSource(fleet: Fleet, name: string): TileSource | undefined {
  const entry = lakeEntries([fleet]).find((each) => each.name === sqlName(fleet.name, name));
  if (entry === undefined) return undefined;
  const [table, rollup, model] = [fleet.tables[name], fleet.rollups[name], fleet.models[name]];
  const meaning =
    table !== undefined
      ? meaningOfTable(table)
      : rollup !== undefined
        ? meaningOfRollup(rollup, fleet.tables[rollup.source]!)
        : model !== undefined
          ? meaningOfModel(model)
          : undefined;
  return (
    meaning && {
      entry,
      relation: entry.view?.name ?? entry.name,
      fields: entry.schema.fields,
      timeColumn: entry.time,
      ...meaning,
    }
  );
}

type Meaning = Pick<TileSource, 'everyMs' | 'senses' | 'countColumn' | 'units'>;

function meaningOfTable(table: Table): Meaning {
  return { everyMs: undefined, senses: new Map(), countColumn: undefined, units: unitsOf(table.columns) };
}

function meaningOfRollup(rollup: Rollup, source: Table): Meaning {
  const measures = Object.entries(rollup.measures);
  const units = unitsOf(source.columns);
  return {
    everyMs: rollup.every.count * UNIT_MS[rollup.every.unit],
    senses: new Map(measures.map(([name, { kind }]) => [name, kind])),
    countColumn: measures.find(([, { kind }]) => kind === 'count')?.[0],
    units: new Map(
      measures.flatMap(([name, measure]) => {
        const of = 'column' in measure ? units.get(measure.column) : undefined;
        return of === undefined ? [] : [[name, of]];
      }),
    ),
  };
}

/** A model's SQL may compute anything: whole numbers and seconds are taken for amounts, everything else for shares and levels. */
function meaningOfModel({ columns, every }: Model): Meaning {
  const isAmount = ({ type, unit }: Model['columns'][number]) =>
    unit === 's' || ['long', 'integer', 'short', 'byte'].includes(type);
  return {
    everyMs: every === undefined || every.unit === 'shift' ? undefined : every.count * UNIT_MS[every.unit],
    senses: new Map(columns.map((column) => [column.name, isAmount(column) ? 'sum' : 'avg'])),
    countColumn: undefined,
    units: unitsOf(columns),
  };
}

function unitsOf(
  columns: readonly { readonly name: string; readonly unit: string | undefined }[],
): ReadonlyMap<string, string> {
  return new Map(columns.flatMap(({ name, unit }) => (unit === undefined ? [] : [[name, unit]])));
}
