import type { PrimitiveType } from '../columns/types.ts';
import type { Tile } from '../fleet/model.ts';
import { columnType, type TileSource } from './tile-source.ts';

export type TileColumn = { readonly name: string; readonly type: PrimitiveType };

/** Columns of a tile's rows beside those that it names. */
export const TILE_COLUMN = {
  /** the value of `by`, as text */
  label: 'label',
  /** when the row is of */
  at: 'at',
  start: 'start',
  end: 'end',
  state: 'state',
} as const;

/** The columns that `tileSql` gives for a tile of rows (number, table, map, oee, timeline), and `tileRowsSql` for any other. */
export function tileColumns(tile: Tile, source: TileSource): readonly TileColumn[] {
  const label: TileColumn = { name: TILE_COLUMN.label, type: 'string' };
  if (tile.kind === 'timeline') {
    return [
      label,
      { name: TILE_COLUMN.start, type: 'timestamp' },
      { name: TILE_COLUMN.end, type: 'timestamp' },
      { name: TILE_COLUMN.state, type: 'string' },
    ];
  }
  const named = tile.columns.map((name) => ({ name, type: columnType(source, name) }));
  return tile.kind === 'number'
    ? [label, ...named]
    : [label, { name: TILE_COLUMN.at, type: 'timestamp' }, ...named];
}
