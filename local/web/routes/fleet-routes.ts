import { Hono } from 'hono';
import { textRows } from '../../../src/columns/canonical.ts';
import { UsageError } from '../../../src/errors.ts';
import type { Fleet } from '../../../src/fleet/model.ts';
import { loadLakeTable } from '../../../src/lake/lake-tables.ts';
import { quoteName } from '../../../src/sql/quote.ts';
import type { SqlEngine } from '../../../src/sql/sql-engine.ts';
import type { ObjectStore } from '../../../src/stores/object-store.ts';
import { findTileSource } from '../../../src/tiles/tile-source.ts';
import { filterColumns, reportFleet } from '../fleet-report.ts';
import { moment, takeQuery, wholeNumber } from '../input.ts';
import { answerTile } from '../tile-answers.ts';
import type { TileFilter } from '../tile-words.ts';

export type FleetDeps = {
  readonly lake: ObjectStore;
  readonly fleets: readonly Fleet[];
  readonly engine: SqlEngine;
};

const MOST_CHOICES = 500;
const TILE_MS = 15_000;

/** Fleets as they are defined, and what their tiles show. */
export function fleetRoutes(deps: FleetDeps) {
  const findFleet = (name: string): Fleet => {
    const fleet = deps.fleets.find((each) => each.name === name);
    if (fleet !== undefined) return fleet;
    throw new UsageError(
      `no fleet ${JSON.stringify(name)}; there are ${deps.fleets.map((each) => each.name).join(', ')}`,
    );
  };
  return new Hono()
    .get('/', (context) => context.json({ fleets: deps.fleets.map(reportFleet) }))
    .get('/:fleet/filters', async (context) => {
      const fleet = findFleet(context.req.param('fleet'));
      const filters = await Promise.all(
        filterColumns(fleet).map(async (column) => ({
          column,
          values: await choicesOf(fleet, column, deps),
        })),
      );
      return context.json({ filters });
    })
    .get('/:fleet/tiles/:tile', takeQuery('from', 'to', 'last', 'filters'), async (context) => {
      const fleet = findFleet(context.req.param('fleet'));
      const index = wholeNumber(context.req.param('tile'), 'tile', { max: fleet.tiles.length - 1 })!;
      const tile = fleet.tiles[index]!;
      const { from, to, last, filters } = context.req.valid('query');
      const answer = await answerTile(
        {
          tile,
          source: findTileSource(fleet, tile.source)!,
          filters: parseFilters(filters),
          asked: {
            from: moment(from, 'from'),
            to: moment(to, 'to'),
            last: last === 'recent' ? 'recent' : wholeNumber(last, 'last', { min: 1 }),
          },
        },
        { ...deps, signal: AbortSignal.any([AbortSignal.timeout(TILE_MS), context.req.raw.signal]) },
      );
      return context.json(answer);
    });
}

/** A JSON list of pairs, `[["location","Bern"]]`: names and values may hold any sign. */
function parseFilters(text: string | undefined): TileFilter[] {
  if (text === undefined) return [];
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch {
    // said below, as what it is
  }
  const isPair = (each: unknown): each is [string, string] =>
    Array.isArray(each) && each.length === 2 && each.every((part) => typeof part === 'string');
  if (!Array.isArray(given) || !given.every(isPair))
    throw new UsageError(`filters is ${JSON.stringify(text)}: give pairs as [["location","Bern"]]`);
  return given.map(([column, value]) => ({ column, value }));
}

/** The values of a column, from the smallest source that has it: rollups first. */
async function choicesOf(
  fleet: Fleet,
  column: string,
  { lake, fleets, engine }: FleetDeps,
): Promise<string[]> {
  const names = [fleet.rollups, fleet.models, fleet.tables].flatMap(Object.keys);
  const source = names
    .map((name) => findTileSource(fleet, name)!)
    .find(({ schema }) => schema.fields.some(({ name }) => name === column));
  const table = source && (await loadLakeTable(lake, fleets, source.name));
  if (table === undefined) return [];
  const name = quoteName(column);
  const batch = await engine.query({
    sql: `SELECT DISTINCT ${name} FROM ${quoteName(table.name)} WHERE ${name} IS NOT NULL ORDER BY 1 LIMIT ${MOST_CHOICES}`,
    tables: [table],
    signal: AbortSignal.timeout(TILE_MS),
  });
  return Array.from(textRows(batch), ([value]) => value ?? '');
}
