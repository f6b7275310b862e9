import type { CfnDashboard } from 'aws-cdk-lib/aws-quicksight';
import { weighedMeans } from './fields.ts';
import type { TileInput } from './tile-data.ts';
import { tileVisuals } from './visuals.ts';

/** The grid of a sheet is 36 columns wide: two visuals a row. */
const COLUMNS = 36;
const WIDTH = COLUMNS / 2;
const HEIGHT = 10;

/** A dashboard with one sheet, which shows the tiles in their order; an analysis takes the same. */
export function dashboardDefinition(
  title: string,
  inputs: readonly TileInput[],
  arnOf: (dataSet: string) => string,
): CfnDashboard.DashboardVersionDefinitionProperty {
  const visuals = inputs.flatMap((input, i) => tileVisuals(input, `tile-${i + 1}`));
  const names = new Set(inputs.map(({ data }) => data.name));
  const elements = visuals.map(({ id }, i) => ({
    elementId: id,
    elementType: 'VISUAL',
    columnIndex: (i % 2) * WIDTH,
    columnSpan: WIDTH,
    rowIndex: Math.floor(i / 2) * HEIGHT,
    rowSpan: HEIGHT,
  }));
  const means = new Map(
    inputs.flatMap(weighedMeans).map((mean) => [`${mean.dataSetIdentifier}/${mean.name}`, mean]),
  );
  return {
    dataSetIdentifierDeclarations: Array.from(names, (identifier) => ({
      identifier,
      dataSetArn: arnOf(identifier),
    })),
    calculatedFields: Array.from(means.values()),
    sheets: [
      {
        sheetId: 'tiles',
        name: title,
        contentType: 'INTERACTIVE',
        visuals: visuals.map(({ visual }) => visual),
        layouts: [{ configuration: { gridLayout: { elements, canvasSizeOptions: CANVAS } } }],
      },
    ],
  };
}

const CANVAS = { screenCanvasSizeOptions: { resizeOption: 'FIXED', optimizedViewPortWidth: '1600px' } };
