import type { CfnDashboard } from 'aws-cdk-lib/aws-quicksight';
import { TILE_COLUMN } from '../../src/tiles/tile-columns.ts';
import { isNumeric } from '../../src/tiles/tile-source.ts';
import { createFields } from './fields.ts';
import type { TileInput } from './tile-data.ts';

export type Visual = { readonly id: string; readonly visual: CfnDashboard.VisualProperty };

const BINS = 24;

/** The visuals of a tile: one, or one for each column where a visual can draw no more. */
export function tileVisuals(input: TileInput, id: string): readonly Visual[] {
  const { tile, data, label, time } = input;
  const typeOf = (name: string) => data.columns.find((column) => column.name === name)!.type;
  switch (tile.kind) {
    case 'trend':
      if (time === undefined) return [bars(input, id, label)];
      // lines are told apart by groups or by columns, not by both
      return label === undefined
        ? [lines(input, id, tile.columns)]
        : each(input, id, (of, own) => lines(of, own, of.tile.columns));
    case 'bars':
      return [bars(input, id, label ?? time)];
    case 'histogram':
      return each(input, id, histogram);
    case 'number':
      return label === undefined && tile.columns.every((name) => isNumeric(typeOf(name)))
        ? each(input, id, figure)
        : [
            data.kept
              ? summary(input, id)
              : rows(
                  input,
                  id,
                  data.columns.map(({ name }) => name),
                ),
          ];
    case 'oee':
      return [bars(input, id, label ?? time)];
    case 'map':
      return [map(input, id)];
    case 'table':
      return [rows(input, id, shownColumns(input), TILE_COLUMN.at)];
    case 'timeline':
      return [
        rows(
          input,
          id,
          shownColumns(input),
          TILE_COLUMN.start,
          'The stretches of time, the newest first: QuickSight draws no timelines.',
        ),
      ];
  }
}

/** A visual for each column of the tile, each with its name where there are several. */
function each(
  input: TileInput,
  id: string,
  draw: (input: TileInput, id: string) => Visual,
): readonly Visual[] {
  const { tile } = input;
  if (tile.columns.length === 1) return [draw(input, id)];
  return tile.columns.map((column, i) =>
    draw(
      { ...input, tile: { ...tile, title: `${tile.title}: ${column}`, columns: [column] } },
      `${id}-${i + 1}`,
    ),
  );
}

function lines(input: TileInput, id: string, columns: readonly string[]): Visual {
  const fields = createFields(input, id);
  const lineChartAggregatedFieldWells = {
    category: fields.time(),
    values: columns.map(fields.measure),
    colors: fields.label(),
  };
  return {
    id,
    visual: {
      lineChartVisual: {
        ...headed(input, id),
        chartConfiguration: { type: 'LINE', fieldWells: { lineChartAggregatedFieldWells } },
      },
    },
  };
}

function bars(input: TileInput, id: string, category: string | undefined): Visual {
  const fields = createFields(input, id);
  const barChartAggregatedFieldWells = {
    category: category === undefined ? [] : [fields.dimension(category)],
    values: input.tile.columns.map(fields.measure),
  };
  return {
    id,
    visual: {
      barChartVisual: {
        ...headed(input, id),
        chartConfiguration: {
          orientation: 'VERTICAL',
          barsArrangement: 'CLUSTERED',
          fieldWells: { barChartAggregatedFieldWells },
        },
      },
    },
  };
}

function histogram(input: TileInput, id: string): Visual {
  const [column] = input.tile.columns;
  const values = [createFields(input, id).spread(column!)];
  return {
    id,
    visual: {
      histogramVisual: {
        ...headed(input, id),
        chartConfiguration: {
          fieldWells: { histogramAggregatedFieldWells: { values } },
          binOptions: { selectedBinType: 'BIN_COUNT', binCount: { value: BINS } },
        },
      },
    },
  };
}

function figure(input: TileInput, id: string): Visual {
  const [column] = input.tile.columns;
  const values = [createFields(input, id).measure(column!)];
  return {
    id,
    visual: { kpiVisual: { ...headed(input, id), chartConfiguration: { fieldWells: { values } } } },
  };
}

/** A row for each group, summed up. */
function summary(input: TileInput, id: string): Visual {
  const fields = createFields(input, id);
  const tableAggregatedFieldWells = {
    groupBy: fields.label(),
    values: input.tile.columns.map(fields.measure),
  };
  return {
    id,
    visual: {
      tableVisual: {
        ...headed(input, id),
        chartConfiguration: { fieldWells: { tableAggregatedFieldWells } },
      },
    },
  };
}

/** Rows as they are. */
function rows(
  input: TileInput,
  id: string,
  columns: readonly string[],
  newestBy?: string,
  note?: string,
): Visual {
  const fields = createFields(input, id);
  const values = columns.map(fields.value);
  const order = values.find(
    ({ column }) => (column as CfnDashboard.ColumnIdentifierProperty).columnName === newestBy,
  );
  return {
    id,
    visual: {
      tableVisual: {
        ...headed(input, id, note),
        chartConfiguration: {
          fieldWells: { tableUnaggregatedFieldWells: { values } },
          ...(order !== undefined && {
            sortConfiguration: { rowSort: [{ fieldSort: { fieldId: order.fieldId, direction: 'DESC' } }] },
          }),
        },
      },
    },
  };
}

/** Where nothing groups there is nothing to name. */
function shownColumns({ data, label }: TileInput): string[] {
  const names = data.columns.map(({ name }) => name);
  return label === undefined ? names.filter((name) => name !== TILE_COLUMN.label) : names;
}

function map(input: TileInput, id: string): Visual {
  const fields = createFields(input, id);
  const [latitude, longitude] = input.tile.columns as [string, string];
  const geospatialMapAggregatedFieldWells = {
    geospatial: [fields.dimension(latitude), fields.dimension(longitude)],
    colors: fields.label(),
  };
  return {
    id,
    visual: {
      geospatialMapVisual: {
        ...headed(input, id),
        chartConfiguration: { fieldWells: { geospatialMapAggregatedFieldWells } },
      },
    },
  };
}

function headed({ tile }: TileInput, visualId: string, note?: string) {
  return {
    visualId,
    title: { visibility: 'VISIBLE', formatText: { plainText: tile.title } },
    subtitle:
      note === undefined
        ? { visibility: 'HIDDEN' }
        : { visibility: 'VISIBLE', formatText: { plainText: note } },
  };
}
