import type { CfnDashboard } from 'aws-cdk-lib/aws-quicksight';
import type { PrimitiveType } from '../../src/columns/types.ts';
import { isNumeric } from '../../src/tiles/tile-source.ts';
import type { TileInput } from './tile-data.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** The fields of one visual: each gets an id of its own, under the visual's. */
export function createFields({ data, label, time, source, tile }: TileInput, visual: string) {
  const types = new Map(data.columns.map(({ name, type }) => [name, type]));
  let count = 0;
  const field = (name: string) => ({
    fieldId: `${visual}-${++count}`,
    column: { dataSetIdentifier: data.name, columnName: name },
  });
  const dimension = (name: string): CfnDashboard.DimensionFieldProperty => {
    const type = types.get(name)!;
    if (isTime(type))
      return { dateDimensionField: { ...field(name), dateGranularity: granularityOf(source.everyMs) } };
    return isNumeric(type)
      ? { numericalDimensionField: field(name) }
      : { categoricalDimensionField: field(name) };
  };
  return {
    /** the stretches of time that rows are of */
    time: () => (time === undefined ? [] : [dimension(time)]),
    /** what tells groups apart */
    label: () => (label === undefined ? [] : [dimension(label)]),
    dimension,
    /** what a column comes to over several rows */
    measure: (name: string): CfnDashboard.MeasureFieldProperty => {
      if (weighedBy({ source, data }, name) !== undefined)
        return { numericalMeasureField: { ...field(weighedName(name, source.countColumn!)) } };
      const aggregation = data.kept ? AGGREGATIONS[source.senses.get(name) ?? 'value'] : 'AVERAGE';
      return {
        numericalMeasureField: {
          ...field(name),
          aggregationFunction: { simpleNumericalAggregation: aggregation },
          ...(tile.kind === 'oee' && { formatConfiguration: PERCENT }),
        },
      };
    },
    /** a column as it is, row by row */
    value: (name: string): CfnDashboard.UnaggregatedFieldProperty => field(name),
    /** a column's distribution */
    spread: (name: string): CfnDashboard.MeasureFieldProperty => ({ numericalMeasureField: field(name) }),
  };
}

/** QuickSight has neither a first nor a last, and of percentiles and deviations there is no exact whole: exact where a group is one row. */
const AGGREGATIONS = {
  count: 'SUM',
  sum: 'SUM',
  min: 'MIN',
  max: 'MAX',
  avg: 'AVERAGE',
  first: 'AVERAGE',
  last: 'AVERAGE',
  stddev: 'AVERAGE',
  p50: 'AVERAGE',
  p90: 'AVERAGE',
  p99: 'AVERAGE',
  value: 'AVERAGE',
} as const;

const PERCENT: CfnDashboard.NumberFormatConfigurationProperty = {
  formatConfiguration: {
    percentageDisplayFormatConfiguration: { decimalPlacesConfiguration: { decimalPlaces: 0 } },
  },
};

/** The means among a tile's columns that windows have to be weighed for, as fields that QuickSight calculates. */
export function weighedMeans(input: TileInput): CfnDashboard.CalculatedFieldProperty[] {
  if (input.tile.kind === 'histogram') return [];
  return input.tile.columns.flatMap((name) => {
    const count = weighedBy(input, name);
    if (count === undefined) return [];
    const present = (what: string) => `sum(ifelse(isNull({${name}}), 0, ${what}))`;
    return {
      dataSetIdentifier: input.data.name,
      name: weighedName(name, count),
      expression: `${present(`{${name}} * {${count}}`)} / ${present(`{${count}}`)}`,
    };
  });
}

function weighedBy({ source, data }: Pick<TileInput, 'source' | 'data'>, name: string): string | undefined {
  return data.kept && source.senses.get(name) === 'avg' ? source.countColumn : undefined;
}

function weighedName(name: string, count: string): string {
  return `${name}, by ${count}`;
}

function isTime(type: PrimitiveType): boolean {
  return type === 'timestamp' || type === 'timestamp_ntz' || type === 'date';
}

/** Windows as they are, or hours where nothing says how long they are. */
function granularityOf(everyMs = HOUR_MS): string {
  if (everyMs >= DAY_MS) return 'DAY';
  if (everyMs >= HOUR_MS) return 'HOUR';
  return everyMs >= 60_000 ? 'MINUTE' : 'SECOND';
}
