import { textRows } from '../../src/columns/canonical.ts';
import type { ColumnBatch } from '../../src/columns/column.ts';
import { loadSnapshot } from '../../src/delta/snapshot.ts';
import { timestampBounds } from '../../src/delta/stats.ts';
import { lakeEntries } from '../../src/lake/lake-entries.ts';
import { loadLakeTable } from '../../src/lake/lake-tables.ts';
import type { Fleet, Tile } from '../../src/fleet/model.ts';
import { quoteName } from '../../src/sql/quote.ts';
import type { SqlEngine } from '../../src/sql/sql-engine.ts';
import { type ObjectStore, prefixedStore } from '../../src/stores/object-store.ts';
import { MOST_GROUPS, tileSql } from '../../src/tiles/tile-sql.ts';
import type { TileSource } from '../../src/tiles/tile-source.ts';
import { pageWords, type TileFilter, tileTerms, type TimeRange } from './tile-words.ts';

/** What a tile shows. Times are milliseconds, UTC; the fleet's zone says how to write them. */
export type TileAnswer = {
  readonly kind: Tile['kind'];
  /** of the tile's columns, in its order */
  readonly columns: readonly { readonly name: string; readonly unit: string | null }[];
  /** the rows: of the columns that `tileSql` says for the kind, as texts, times in milliseconds; null is absent */
  readonly rows: readonly (readonly (string | null)[])[];
  /** the range that was asked, as far as it was bounded */
  readonly from: number | null;
  readonly to: number | null;
  /** the newest version of the source; null where the lake has none yet */
  readonly version: number | null;
  /** not all groups are shown */
  readonly cut: boolean;
};

export type AskedRange = TimeRange & {
  /** so much before the newest row of the source; `recent`: as much as is worth seeing at once */
  readonly last?: number | 'recent' | undefined;
};

const RECENT_WINDOWS = 500;
const RECENT_MS = 24 * 3_600_000;
const LATEST_KINDS: readonly Tile['kind'][] = ['oee', 'map', 'table'];

/** Asks what a tile shows. Files outside the range are not read. */
export async function answerTile(
  {
    tile,
    source,
    filters,
    asked,
  }: {
    readonly tile: Tile;
    readonly source: TileSource;
    readonly filters: readonly TileFilter[];
    readonly asked: AskedRange;
  },
  deps: {
    readonly lake: ObjectStore;
    readonly fleets: readonly Fleet[];
    readonly engine: SqlEngine;
    readonly signal?: AbortSignal;
  },
): Promise<TileAnswer> {
  const entry = lakeEntries(deps.fleets).find(({ name }) => name === source.name)!;
  // stretches of time have no column of their own that says when a row was
  const timeColumn = tile.kind === 'timeline' ? tile.columns[0] : source.timeColumn;
  const extent = await extentOf(entry.path, timeColumn, deps.lake);
  const range = rangeOf(asked, source, extent);
  const where =
    timeColumn === undefined || tile.kind === 'timeline'
      ? []
      : [
          {
            column: timeColumn,
            ...(range.from !== undefined && { min: range.from }),
            ...(range.to !== undefined && { max: range.to }),
          },
        ];
  const table = await loadLakeTable(deps.lake, deps.fleets, entry.name, { where });
  const span = Math.min(range.to ?? Infinity, extent?.max ?? 0) - Math.max(range.from ?? 0, extent?.min ?? 0);
  const batch = await deps.engine.query({
    sql: tileSql({
      tile,
      source,
      rows: quoteName(source.relation),
      terms: tileTerms(tile, source, range, filters),
      words: pageWords(Math.max(0, span)),
    }),
    tables: table === undefined ? [] : [table],
    views: entry.view === undefined ? [] : [entry.view],
    ...(deps.signal !== undefined && { signal: deps.signal }),
  });
  return {
    kind: tile.kind,
    columns: tile.columns.map((name) => ({ name, unit: source.units.get(name) ?? null })),
    rows: cellsOf(batch),
    from: range.from ?? null,
    to: range.to ?? null,
    version: extent?.version ?? null,
    cut: tile.by !== undefined && isCut(tile, batch),
  };
}

type Extent = { readonly min: number; readonly max: number; readonly version: number };

/** Between which times the source has rows, by its files' statistics. */
async function extentOf(
  path: string,
  timeColumn: string | undefined,
  lake: ObjectStore,
): Promise<Extent | undefined> {
  const snapshot = await loadSnapshot(prefixedStore(lake, `${path}/`));
  if (snapshot === undefined) return undefined;
  let [min, max] = [Infinity, -Infinity];
  for (const file of timeColumn === undefined ? [] : snapshot.files) {
    const bounds = timestampBounds(file, timeColumn!);
    min = Math.min(min, bounds?.min ?? Infinity);
    max = Math.max(max, bounds?.max ?? -Infinity);
  }
  return min > max ? { min: 0, max: 0, version: snapshot.version } : { min, max, version: snapshot.version };
}

/** Ranges end with what there is, not with now: a fleet may be replayed from years ago. */
function rangeOf({ from, to, last }: AskedRange, source: TileSource, extent: Extent | undefined): TimeRange {
  if (last === undefined || extent === undefined || extent.max === 0) return { from, to };
  const every = source.everyMs ?? 0;
  const length =
    last === 'recent' ? (every === 0 ? RECENT_MS : every * RECENT_WINDOWS) : Math.max(last, every);
  // the newest window began at `max`, and its rows are in it
  return { from: extent.max - length + Math.max(1, every), to: undefined };
}

function cellsOf(batch: ColumnBatch): (string | null)[][] {
  return Array.from(textRows(batch), (cells) => cells.map((cell) => cell ?? null));
}

function isCut(tile: Tile, batch: ColumnBatch): boolean {
  if (tile.kind === 'number' || LATEST_KINDS.includes(tile.kind))
    return batch.length >= MOST_GROUPS && tile.kind === 'number';
  if (tile.kind !== 'trend') return false;
  const labels = new Set(Array.from(textRows(batch), ([label]) => label));
  return labels.size >= MOST_GROUPS;
}
