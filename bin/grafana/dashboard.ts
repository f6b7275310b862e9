import {
  type Dashboard,
  DashboardBuilder,
  DatasourceVariableBuilder,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { boundedName, stageIdentifier, type StageName, stageName } from '../../lib/stage-names.ts';
import type { Fleet } from '../../src/fleet/model.ts';
import { findTileSource } from '../../src/tiles/tile-source.ts';
import { DATA_SOURCE, tilePanels } from './panels.ts';

/** Grafana's bound on a dashboard's uid. */
const LONGEST_UID = 40;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** A fleet's dashboard: its tiles in their order, in the fleet's time zone. */
export function fleetDashboard(fleet: Fleet, stage: StageName): Dashboard {
  const database = stageIdentifier({ name: stage });
  const dashboard = new DashboardBuilder(`${fleet.name} (${stage})`)
    .uid(boundedName(stageName({ name: stage }, fleet.name), LONGEST_UID))
    .tags(['tributary', stage])
    .timezone(fleet.timeZone)
    .time({ from: `now-${shownDays(fleet)}d`, to: 'now' })
    .withVariable(
      new DatasourceVariableBuilder(DATA_SOURCE.variable).label('Data source').type(DATA_SOURCE.type),
    );
  for (const tile of fleet.tiles) {
    const source = findTileSource(fleet, tile.source)!;
    for (const panel of tilePanels({ tile, source, database })) dashboard.withPanel(panel);
  }
  return dashboard.build();
}

/** As much as the widest windows among the tiles need for a line. */
function shownDays(fleet: Fleet): number {
  const everyMs = Math.max(
    0,
    ...fleet.tiles.map(({ source }) => findTileSource(fleet, source)?.everyMs ?? 0),
  );
  return everyMs >= DAY_MS ? 90 : everyMs >= HOUR_MS ? 7 : 1;
}
