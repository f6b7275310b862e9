import type { StructType } from '../../src/columns/types.ts';
import { sqlName, utcView } from '../../src/fleet/index.ts';
import type { Fleet, Tile } from '../../src/fleet/model.ts';
import { lakeEntries } from '../../src/lake/lake-entries.ts';
import { findTileSource } from '../../src/tiles/tile-source.ts';

/** A fleet as the page shows it: what the definition says, and no more. */
export type FleetReport = {
  readonly name: string;
  readonly timeZone: string;
  readonly tiles: readonly TileReport[];
  /** columns by which its tiles can be filtered */
  readonly filters: readonly string[];
};

export type TileReport = {
  readonly index: number;
  readonly kind: Tile['kind'];
  readonly title: string;
  /** the source's name in SQL */
  readonly source: string;
  readonly columns: readonly string[];
  readonly by: string | null;
};

/** A table or view as the editor knows it. */
export type SqlName = {
  readonly name: string;
  readonly kind: 'table' | 'view';
  readonly columns: readonly { readonly name: string; readonly type: string }[];
};

export type ExampleQuery = { readonly title: string; readonly fleet: string; readonly sql: string };

export function reportFleet(fleet: Fleet): FleetReport {
  return {
    name: fleet.name,
    timeZone: fleet.timeZone,
    filters: filterColumns(fleet),
    tiles: fleet.tiles.map(({ kind, title, source, columns, by }, index) => ({
      index,
      kind,
      title,
      source: sqlName(fleet.name, source),
      columns,
      by: by ?? null,
    })),
  };
}

/** Texts by which rollups and tiles group, and the topic levels that name devices: device, location, line. */
export function filterColumns(fleet: Fleet): readonly string[] {
  const groups = [
    ...Object.values(fleet.rollups).flatMap(({ by }) => by),
    ...fleet.tiles.flatMap(({ by }) => by ?? []),
  ];
  const levels = Object.values(fleet.tables).flatMap(({ columns }) =>
    columns.flatMap(({ name, source }) => (source.kind === 'topicLevel' ? [name] : [])),
  );
  const shown = fleet.tiles.flatMap(({ source }) => findTileSource(fleet, source)?.schema.fields ?? []);
  const texts = new Set(shown.flatMap(({ name, type }) => (type === 'string' ? [name] : [])));
  return Array.from(new Set([...groups, ...levels])).filter((name) => texts.has(name));
}

/** Everything that SQL can name. */
export function reportNames(fleets: readonly Fleet[]): readonly SqlName[] {
  return lakeEntries(fleets).flatMap((entry) => {
    const { name, schema, view } = entry;
    const utc = utcView(entry);
    return [
      { name, kind: 'table' as const, columns: columnsOf(schema) },
      ...(view === undefined ? [] : [{ name: view.name, kind: 'view' as const, columns: columnsOf(schema) }]),
      { name: utc.name, kind: 'view' as const, columns: columnsOf(utc.schema) },
    ];
  });
}

function columnsOf({ fields }: StructType) {
  return fields.map(({ name, type }) => ({ name, type: typeof type === 'string' ? type : type.type }));
}

/** Queries to begin with, made from the definition. */
export function exampleQueries(fleet: Fleet): readonly ExampleQuery[] {
  const examples: ExampleQuery[] = [];
  const add = (title: string, sql: string) => examples.push({ title, fleet: fleet.name, sql });
  for (const rollup of Object.values(fleet.rollups)) {
    const measures = Object.keys(rollup.measures);
    add(
      `${rollup.name}: the newest windows`,
      `SELECT window_start, ${[...rollup.by, ...measures].join(', ')}\nFROM ${sqlName(fleet.name, rollup.name)}\nORDER BY window_start DESC${rollup.by.map((name) => `, ${name}`).join('')}\nLIMIT 200`,
    );
  }
  for (const model of Object.values(fleet.models)) {
    const order = model.every === undefined ? '' : '\nORDER BY window_start DESC';
    add(`${model.name}: its rows`, `SELECT *\nFROM ${sqlName(fleet.name, model.name)}${order}\nLIMIT 200`);
  }
  for (const table of Object.values(fleet.tables)) {
    const name = sqlName(fleet.name, table.name);
    add(
      `${table.name}: arrivals by minute`,
      `SELECT date_trunc('minute', _arrived_at) AS minute, count(*) AS readings,\n  count(DISTINCT _topic) AS topics\nFROM ${name}\nGROUP BY 1\nORDER BY 1 DESC\nLIMIT 120`,
    );
    if (table.identity.length > 0) {
      add(
        `${table.name}: readings that came more than once`,
        `SELECT ${table.identity.join(', ')}, count(*) AS times,\n  min(_arrived_at) AS first_arrival, max(_arrived_at) AS last_arrival\nFROM ${name}\nGROUP BY ${table.identity.join(', ')}\nHAVING count(*) > 1\nORDER BY times DESC\nLIMIT 100`,
      );
    }
  }
  return examples;
}

/** Queries for every lake. */
export const COMMON_QUERIES: readonly ExampleQuery[] = [
  {
    title: 'quarantine: what is open, by reason',
    fleet: '',
    sql: `SELECT reason, count(*) AS messages, max(_arrived_at) AS last_arrival\nFROM quarantine\nWHERE resolved_at IS NULL\nGROUP BY reason\nORDER BY messages DESC`,
  },
];
