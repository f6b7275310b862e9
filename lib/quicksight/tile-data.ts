import type { PrimitiveType } from '../../src/columns/types.ts';
import { utcView } from '../../src/fleet/index.ts';
import type { Fleet, Tile } from '../../src/fleet/model.ts';
import { athenaRows, athenaWords } from '../../src/tiles/athena-rows.ts';
import { TILE_COLUMN, type TileColumn, tileColumns } from '../../src/tiles/tile-columns.ts';
import { findTileSource, type TileSource } from '../../src/tiles/tile-source.ts';
import { tileRowsSql, tileSql, type TileWords } from '../../src/tiles/tile-sql.ts';

/** What a data set reads. */
export type TileData = {
  /** unique in the fleet; also what the definition of a dashboard calls the data set */
  readonly name: string;
  /** tables and views have a name in the catalog; anything else is asked for */
  readonly from:
    { readonly kind: 'view'; readonly name: string } | { readonly kind: 'sql'; readonly sql: string };
  readonly columns: readonly TileColumn[];
  /** kept in SPICE and refreshed, or asked for whenever somebody looks */
  readonly kept: boolean;
};

/** A tile with its data. */
export type TileInput = {
  readonly tile: Tile;
  readonly source: TileSource;
  readonly data: TileData;
  /** the column that tells groups apart; undefined where nothing groups */
  readonly label: string | undefined;
  /** the column with the time of a row */
  readonly time: string | undefined;
};

/** How far back tiles of raw tables look: an aggregate is what answers for longer. */
export const RECENT_DAYS = 7;
const RECENT = { from: `current_timestamp - INTERVAL '${RECENT_DAYS}' DAY` };

/**
 * The tiles of a fleet with what they read. Trends, bars and the like over aggregates share one data set for each aggregate, kept in
 * SPICE. What shows the newest rows, and what reads a raw table, asks Athena itself, in a data set of its own.
 */
export function tileInputs(fleet: Fleet): readonly TileInput[] {
  const shared = new Map<string, TileData>();
  return fleet.tiles.map((tile, i) => {
    const source = findTileSource(fleet, tile.source)!;
    if (source.table !== undefined || NEWEST.includes(tile.kind)) {
      const label = tile.by === undefined ? undefined : TILE_COLUMN.label;
      return { tile, source, data: ownData(tile, source, `tile-${i + 1}`), label, time: TILE_COLUMN.at };
    }
    const data = shared.get(tile.source) ?? keptData(fleet, tile.source, source);
    shared.set(tile.source, data);
    return { tile, source, data, label: tile.by, time: source.timeColumn };
  });
}

/** What these show is not summed up from rows that anybody else could use. */
const NEWEST: readonly Tile['kind'][] = ['table', 'map', 'oee', 'timeline'];

function ownData(tile: Tile, source: TileSource, name: string): TileData {
  const range = source.table === undefined ? {} : RECENT;
  const question = { tile, source, ...athenaRows(tile, source, range), words: WORDS };
  const isSummedUp = tile.kind === 'number' || NEWEST.includes(tile.kind);
  return {
    name,
    from: { kind: 'sql', sql: isSummedUp ? tileSql(question) : tileRowsSql(question) },
    columns: tileColumns(tile, source).map((column) => ({ ...column, type: shownType(column.type) })),
    kept: false,
  };
}

/** The aggregate itself, in UTC. Truth values are left out where no tile groups by them. */
function keptData(fleet: Fleet, name: string, source: TileSource): TileData {
  const view = utcView({ name: source.name, schema: source.schema });
  const grouping = new Set(fleet.tiles.flatMap((tile) => (tile.source === name ? (tile.by ?? []) : [])));
  return {
    name,
    from: { kind: 'view', name: view.name },
    columns: view.schema.fields
      .map(({ name: column, type }) => ({ name: column, type: type as PrimitiveType }))
      .filter(({ name: column, type }) => type !== 'boolean' || grouping.has(column)),
    kept: true,
  };
}

const shownType = (type: PrimitiveType): PrimitiveType => (type === 'boolean' ? 'string' : type);

const athena = athenaWords(() => {
  throw new TypeError('QuickSight gathers time itself');
});
/** Truth values as words. */
const WORDS: TileWords = {
  ...athena,
  value: (expression, type) =>
    type === 'boolean' ? `CAST(${expression} AS VARCHAR)` : athena.value(expression, type),
};
