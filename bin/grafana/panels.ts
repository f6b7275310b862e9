import {
  DataqueryBuilder,
  ConnectionArgsBuilder,
  FormatOptions,
} from '@grafana/grafana-foundation-sdk/athena';
import { PanelBuilder as BarChart } from '@grafana/grafana-foundation-sdk/barchart';
import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  FrameGeometrySourceMode,
  type MapLayerOptions,
  ReduceDataOptionsBuilder,
  VizLegendOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import {
  type DataTransformerConfig,
  type DynamicConfigValue,
  type Panel,
  type Threshold,
  ThresholdsConfigBuilder,
  ThresholdsMode,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as Gauge } from '@grafana/grafana-foundation-sdk/gauge';
import { PanelBuilder as Geomap } from '@grafana/grafana-foundation-sdk/geomap';
import { PanelBuilder as StateTimeline } from '@grafana/grafana-foundation-sdk/statetimeline';
import { PanelBuilder as Stat } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as Table } from '@grafana/grafana-foundation-sdk/table';
import { PanelBuilder as TimeSeries } from '@grafana/grafana-foundation-sdk/timeseries';
import type { Tile } from '../../src/fleet/model.ts';
import type { TileSource } from '../../src/tiles/tile-source.ts';
import { MOST_BARS, MOST_GROUPS, MOST_POINTS } from '../../src/tiles/tile-sql.ts';
import { panelSql } from './panel-sql.ts';
import { grafanaUnit } from './units.ts';

const WIDTH = 12;
const HEIGHT = 9;
/** The data source is chosen on the dashboard. */
export const DATA_SOURCE = { type: 'grafana-athena-datasource', variable: 'athena' } as const;

/** What every kind of panel can do. */
type AnyPanel = Builder<Panel> & {
  title(title: string): unknown;
  datasource(source: { type: string; uid: string }): unknown;
  span(columns: number): unknown;
  height(rows: number): unknown;
  withTarget(target: DataqueryBuilder): unknown;
  overrideByName(name: string, properties: DynamicConfigValue[]): unknown;
};

export type PanelQuestion = {
  readonly tile: Tile;
  readonly source: TileSource;
  /** in the Glue catalog */
  readonly database: string;
};

/** The panels of a tile: one, but a histogram has one for each column. */
export function tilePanels(question: PanelQuestion): Builder<Panel>[] {
  const { tile } = question;
  if (tile.kind !== 'histogram' || tile.columns.length === 1) return [tilePanel(question)];
  return tile.columns.map((column) =>
    tilePanel({ ...question, tile: { ...tile, title: `${tile.title}: ${column}`, columns: [column] } }),
  );
}

function tilePanel(question: PanelQuestion): Builder<Panel> {
  const { tile, source } = question;
  switch (tile.kind) {
    case 'number':
      return asked(new Stat().reduceOptions(rowsAsTheyAre(tile)), question);
    case 'trend': {
      const name =
        tile.columns.length > 1 ? '${__field.labels.label} · ${__field.name}' : '${__field.labels.label}';
      const panel = new TimeSeries()
        .legend(new VizLegendOptionsBuilder().showLegend(tile.by !== undefined || tile.columns.length > 1))
        .maxDataPoints(MOST_POINTS)
        .interval(`${source.everyMs ?? 1000}ms`)
        .spanNulls(false);
      return asked(
        tile.by === undefined ? panel : panel.displayName(name),
        question,
        FormatOptions.TimeSeries,
      );
    }
    case 'bars':
      return asked(
        new BarChart()
          .xField('label')
          .maxDataPoints(MOST_BARS)
          .interval(`${source.everyMs ?? 1000}ms`)
          .legend(new VizLegendOptionsBuilder().showLegend(tile.columns.length > 1)),
        question,
      );
    case 'histogram':
      return asked(
        new BarChart()
          .xField('low')
          .legend(new VizLegendOptionsBuilder().showLegend(false))
          .withTransformation(without('column', 'bin', 'high')),
        question,
      );
    case 'table': {
      const panel = new Table();
      return asked(
        tile.by === undefined
          ? panel.withTransformation(without('label'))
          : panel.withTransformation(renamed('label', tile.by)),
        question,
      );
    }
    case 'map':
      return asked(new Geomap().layers([places(tile)]), question);
    case 'oee':
      return asked(
        new Gauge()
          .reduceOptions(rowsAsTheyAre(tile))
          .unit('percentunit')
          .min(0)
          .max(1)
          .thresholds(new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(EFFECTIVENESS)),
        question,
      );
    case 'timeline':
      return asked(
        new StateTimeline().mergeValues(true).withTransformation({
          id: 'partitionByValues',
          options: { fields: ['label'], keepFields: false, naming: { asLabels: true } },
        }),
        question,
      );
  }
}

/** What the trade calls typical, and what it calls world class. */
const EFFECTIVENESS: Threshold[] = [
  { value: null, color: 'orange' },
  { value: 0.6, color: 'yellow' },
  { value: 0.85, color: 'green' },
];

function asked(
  panel: AnyPanel,
  { tile, source, database }: PanelQuestion,
  format: FormatOptions = FormatOptions.Table,
): Builder<Panel> {
  const datasource = { type: DATA_SOURCE.type, uid: `\${${DATA_SOURCE.variable}}` };
  panel.title(tile.title);
  panel.datasource(datasource);
  panel.span(WIDTH);
  panel.height(HEIGHT);
  panel.withTarget(
    new DataqueryBuilder()
      .refId('A')
      .datasource(datasource)
      .connectionArgs(new ConnectionArgsBuilder().database(database))
      .format(format)
      .rawSQL(panelSql(tile, source)),
  );
  for (const column of tile.columns) {
    const unit = source.units.get(column);
    if (unit !== undefined) panel.overrideByName(column, [{ id: 'unit', value: grafanaUnit(unit) }]);
  }
  return panel;
}

/** A figure for each row and column, not one for all rows. */
function rowsAsTheyAre({ columns }: Tile): ReduceDataOptionsBuilder {
  return new ReduceDataOptionsBuilder()
    .values(true)
    .limit(MOST_GROUPS)
    .calcs(['lastNotNull'])
    .fields(`/^(${columns.join('|')})$/`);
}

function places({ columns }: Tile): Builder<MapLayerOptions> {
  const [latitude, longitude] = columns as [string, string];
  const layer: MapLayerOptions = {
    type: 'markers',
    name: 'places',
    config: { showLegend: false },
    location: { mode: FrameGeometrySourceMode.Coords, latitude, longitude },
    tooltip: true,
  };
  return { build: () => layer };
}

function without(...names: readonly string[]): DataTransformerConfig {
  return {
    id: 'organize',
    options: { excludeByName: Object.fromEntries(names.map((name) => [name, true])) },
  };
}

function renamed(from: string, to: string): DataTransformerConfig {
  return { id: 'organize', options: { renameByName: { [from]: to } } };
}
