import { type PrimitiveType, parseDecimalType, type StructType } from '../columns/types.ts';
import { currentViewName, modelSchema, ROLLUP, rollupSchema, sqlName, tableSchema } from '../fleet/index.ts';
import type { Fleet, Measure, Model, Rollup, Table } from '../fleet/model.ts';

/** What a column comes to over several rows. A raw value has no such meaning of its own. */
export type ColumnSense = Measure['kind'] | 'value';

/** What a tile may ask of its source: which columns there are, what they mean, and when a row was. */
export type TileSource = {
  /** the table's name in SQL */
  readonly name: string;
  /** what the page reads: a raw table's view of current rows, a rollup or model itself */
  readonly relation: string;
  /** the raw table that it is; undefined for a rollup or model */
  readonly table: Table | undefined;
  readonly schema: StructType;
  /** the column by which its rows lie in time, if any */
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
  const [table, rollup, model] = [fleet.tables[name], fleet.rollups[name], fleet.models[name]];
  const meaning =
    table !== undefined
      ? meaningOfTable(table)
      : rollup !== undefined
        ? meaningOfRollup(rollup, fleet.tables[rollup.source]!)
        : model !== undefined
          ? meaningOfModel(model)
          : undefined;
  if (meaning === undefined) return undefined;
  const inSql = sqlName(fleet.name, name);
  const relation = table === undefined ? inSql : currentViewName(fleet.name, name);
  return { name: inSql, relation, table, ...meaning };
}

/** The type of a column that the source has. */
export function columnType({ schema }: TileSource, name: string): PrimitiveType {
  return schema.fields.find((each) => each.name === name)!.type as PrimitiveType;
}

/** Whether it can be added up. */
export function isNumeric(type: PrimitiveType): boolean {
  return (
    parseDecimalType(type) !== undefined ||
    ['double', 'float', 'long', 'integer', 'short', 'byte'].includes(type)
  );
}

type Meaning = Omit<TileSource, 'name' | 'relation' | 'table'>;

function meaningOfTable(table: Table): Meaning {
  return {
    schema: tableSchema(table),
    timeColumn: table.eventTime,
    everyMs: undefined,
    senses: new Map(),
    countColumn: undefined,
    units: unitsOf(table.columns),
  };
}

function meaningOfRollup(rollup: Rollup, source: Table): Meaning {
  const measures = Object.entries(rollup.measures);
  const units = unitsOf(source.columns);
  return {
    schema: rollupSchema(rollup, source),
    timeColumn: ROLLUP.start,
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

/**
 * A model's SQL may compute anything: whole numbers and seconds are taken for amounts, other numbers for shares and levels. Texts
 * and times come to the newest, or to any where the model's rows do not lie in time.
 */
function meaningOfModel(model: Model): Meaning {
  const { columns, every } = model;
  const isAmount = ({ type, unit }: Model['columns'][number]) =>
    unit === 's' || ['long', 'integer', 'short', 'byte'].includes(type);
  return {
    schema: modelSchema(model),
    timeColumn: every === undefined ? undefined : ROLLUP.start,
    everyMs: every === undefined || every.unit === 'shift' ? undefined : every.count * UNIT_MS[every.unit],
    senses: new Map(
      columns
        .filter(({ type }) => isNumeric(type))
        .map((column) => [column.name, isAmount(column) ? 'sum' : 'avg']),
    ),
    countColumn: undefined,
    units: unitsOf(columns),
  };
}

function unitsOf(
  columns: readonly { readonly name: string; readonly unit: string | undefined }[],
): ReadonlyMap<string, string> {
  return new Map(columns.flatMap(({ name, unit }) => (unit === undefined ? [] : [[name, unit]])));
}
