import { Aws, Validations } from 'aws-cdk-lib';
import { CfnAnalysis, CfnDashboard, CfnDataSet, CfnRefreshSchedule } from 'aws-cdk-lib/aws-quicksight';
import { Construct } from 'constructs';
import { parseDecimalType, type PrimitiveType } from '../../src/columns/types.ts';
import type { Fleet, Tile } from '../../src/fleet/model.ts';
import { dashboardDefinition } from '../quicksight/definition.ts';
import { OWNER } from '../quicksight/permissions.ts';
import { type TileData, type TileInput, tileInputs } from '../quicksight/tile-data.ts';
import type { Stage } from '../stage.ts';
import { boundedName, stageName } from '../stage-names.ts';

export type FleetDashboardProps = {
  readonly stage: Stage;
  /** with a tile at least */
  readonly fleet: Fleet;
  readonly databaseName: string;
  readonly dataSourceArn: string;
  readonly themeArn: string;
  /** who owns what is made */
  readonly principal: string;
};

/** A fleet's tiles in QuickSight: data sets, an analysis to go on from, and a dashboard. */
export class FleetDashboard extends Construct {
  constructor(scope: Construct, id: string, props: FleetDashboardProps) {
    super(scope, id);
    const { stage, fleet, themeArn, principal } = props;
    const inputs = tileInputs(fleet);
    const arns = new Map<string, string>();
    for (const input of inputs) {
      if (!arns.has(input.data.name)) arns.set(input.data.name, this.addDataSet(input, props));
    }
    const name = stageName(stage, fleet.name);
    const definition = dashboardDefinition(fleet.name, inputs, (dataSet) => arns.get(dataSet)!);
    new CfnAnalysis(this, 'Analysis', {
      awsAccountId: Aws.ACCOUNT_ID,
      analysisId: name,
      name,
      definition,
      themeArn,
      permissions: [{ principal, actions: OWNER.analysis }],
    });
    new CfnDashboard(this, 'Dashboard', {
      awsAccountId: Aws.ACCOUNT_ID,
      dashboardId: name,
      name,
      definition,
      themeArn,
      permissions: [{ principal, actions: OWNER.dashboard }],
      dashboardPublishOptions: {
        exportToCsvOption: { availabilityStatus: 'ENABLED' },
        adHocFilteringOption: { availabilityStatus: 'ENABLED' },
      },
    });
  }

  private addDataSet(input: TileInput, props: FleetDashboardProps): string {
    const { data, tile } = input;
    const name = boundedName(stageName(props.stage, props.fleet.name, data.name), LONGEST_NAME);
    const dataSet = new CfnDataSet(this, data.name, {
      awsAccountId: Aws.ACCOUNT_ID,
      dataSetId: name,
      name,
      importMode: data.kept ? 'SPICE' : 'DIRECT_QUERY',
      // a table without rows is no reason to fail a deployment
      ...(data.kept && { ingestionWaitPolicy: { waitForSpiceIngestion: false } }),
      physicalTableMap: { [PHYSICAL]: physicalTable(data, props) },
      permissions: [{ principal: props.principal, actions: OWNER.dataSet }],
    });
    if (tile.kind === 'map') {
      dataSet.addPropertyOverride('LogicalTableMap', placedTable(data.name, tile));
      Validations.of(dataSet).acknowledge({
        id: 'CloudFormation-Validate::W9009',
        reason:
          'Places can be told without it only where a data set is written as steps of preparation, each column with an id.',
      });
    }
    if (data.kept) {
      const schedule = new CfnRefreshSchedule(this, `${data.name}-refresh`, {
        awsAccountId: Aws.ACCOUNT_ID,
        dataSetId: name,
        schedule: {
          scheduleId: 'hourly',
          refreshType: 'FULL_REFRESH',
          // as often as QuickSight allows: late readings change windows of long ago, and aggregates are small
          scheduleFrequency: { interval: 'HOURLY' },
        },
      });
      schedule.addResourceDependency(dataSet);
    }
    return dataSet.attrArn;
  }
}

/** QuickSight's bound. */
const LONGEST_NAME = 128;

/** Keys of maps; they have no meaning outside of their data set. */
const PHYSICAL = 'rows';
const LOGICAL = 'shown';

function physicalTable(
  { from, name, columns }: TileData,
  { databaseName, dataSourceArn }: FleetDashboardProps,
): CfnDataSet.PhysicalTableProperty {
  const typed = columns.map((column) => ({ name: column.name, ...inputType(column.type) }));
  if (from.kind === 'sql') return { customSql: { dataSourceArn, name, sqlQuery: from.sql, columns: typed } };
  return {
    relationalTable: {
      dataSourceArn,
      catalog: 'AwsDataCatalog',
      schema: databaseName,
      name: from.name,
      inputColumns: typed,
    },
  };
}

/** Tells which columns are places. */
function placedTable(alias: string, { columns }: Tile): object {
  const roles = ['LATITUDE', 'LONGITUDE'] as const;
  const transforms = roles.map((ColumnGeographicRole, i) => ({
    TagColumnOperation: { ColumnName: columns[i], Tags: [{ ColumnGeographicRole }] },
  }));
  return { [LOGICAL]: { Alias: alias, Source: { PhysicalTableId: PHYSICAL }, DataTransforms: transforms } };
}

function inputType(type: PrimitiveType): { readonly type: string; readonly subType?: string } {
  if (parseDecimalType(type) !== undefined) return { type: 'DECIMAL', subType: 'FIXED' };
  switch (type) {
    case 'double':
    case 'float':
      return { type: 'DECIMAL', subType: 'FLOAT' };
    case 'long':
    case 'integer':
    case 'short':
    case 'byte':
      return { type: 'INTEGER' };
    case 'timestamp':
    case 'timestamp_ntz':
    case 'date':
      return { type: 'DATETIME' };
    case 'boolean':
      return { type: 'BOOLEAN' };
    default:
      return { type: 'STRING' };
  }
}
