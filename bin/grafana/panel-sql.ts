import type { Tile } from '../../src/fleet/model.ts';
import { athenaRows, athenaWords, utcTime } from '../../src/tiles/athena-rows.ts';
import type { TileSource } from '../../src/tiles/tile-source.ts';
import { tileSql } from '../../src/tiles/tile-sql.ts';

/** The dashboard's range, as the Athena plugin writes it: TIMESTAMP '2026-01-31 12:00:00', UTC. */
const RANGE = { from: '$__timeFrom()', to: '$__timeTo()' };

/**
 * The query of a tile's panel, for Athena. It holds what Grafana fills in before it asks: `$__timeFrom()`, `$__timeTo()` and
 * `$__interval_ms`, the stretch of time that one of the panel's points stands for.
 */
export function panelSql(tile: Tile, source: TileSource): string {
  const sql = tileSql({
    tile,
    source,
    ...athenaRows(tile, source, RANGE),
    words: athenaWords(bucket),
  });
  return tile.kind === 'timeline' ? stateChanges(sql) : sql;
}

/** Windows as they are, where a point stands for no more than one. */
function bucket(column: string, everyMs: number | undefined): string {
  const gathered = `from_unixtime(floor(to_unixtime(${column}) * 1000 / $__interval_ms) * $__interval_ms / 1000)`;
  if (everyMs === undefined) return utcTime(gathered);
  return utcTime(`CASE WHEN $__interval_ms <= ${everyMs} THEN ${column} ELSE ${gathered} END`);
}

/** A state timeline goes on with a state until it hears of another: where one ended and none began, it has to hear of none. */
function stateChanges(stretches: string): string {
  return `WITH stretches AS (${stretches})
SELECT "at", label, state FROM (
  SELECT "start" AS "at", label, state FROM stretches
  UNION ALL
  SELECT "end" AS "at", label, NULL AS state
  FROM (SELECT label, "end", lead("start") OVER (PARTITION BY label ORDER BY "start") AS next_start FROM stretches) AS ends
  WHERE "end" IS NOT NULL AND (next_start IS NULL OR next_start > "end")
) AS changes
ORDER BY 1, 2`;
}
