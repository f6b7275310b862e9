import { Aws, Stack, type StackProps } from 'aws-cdk-lib';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnDataSource, CfnTheme } from 'aws-cdk-lib/aws-quicksight';
import type { Construct } from 'constructs';
import type { Fleet } from '../src/fleet/model.ts';
import { FleetDashboard } from './constructs/fleet-dashboard.ts';
import type { LakeBucket } from './constructs/lake-bucket.ts';
import { LakeReader } from './constructs/lake-reader.ts';
import type { QueryWorkgroup } from './constructs/query-workgroup.ts';
import { COLORS, SERIES } from './quicksight/colors.ts';
import { OWNER } from './quicksight/permissions.ts';
import type { Stage } from './stage.ts';
import { stageName } from './stage-names.ts';

export type DashboardsStackProps = StackProps & {
  readonly stage: Stage;
  readonly fleets: readonly Fleet[];
  readonly lake: LakeBucket;
  readonly databaseName: string;
  readonly workgroup: QueryWorkgroup;
  /** the ARN of the QuickSight user or group that owns all of it */
  readonly principal: string;
};

/** The fleets' tiles in QuickSight. The account has to have subscribed to it. */
export class DashboardsStack extends Stack {
  constructor(scope: Construct, id: string, props: DashboardsStackProps) {
    super(scope, id, props);
    const { stage, fleets, lake, databaseName, workgroup, principal } = props;
    const reader = new LakeReader(this, 'Reader', {
      description: `What QuickSight reads the ${stage.name} lake with`,
      assumedBy: new ServicePrincipal('quicksight.amazonaws.com'),
      lake,
      databaseName,
      workgroup,
    });
    const name = stageName(stage);
    const source = new CfnDataSource(this, 'Source', {
      awsAccountId: Aws.ACCOUNT_ID,
      dataSourceId: name,
      name,
      type: 'ATHENA',
      dataSourceParameters: {
        athenaParameters: { workGroup: workgroup.workgroup.name, roleArn: reader.role.roleArn },
      },
      sslProperties: { disableSsl: false },
      permissions: [{ principal, actions: OWNER.dataSource }],
    });
    // QuickSight tries the role when it is told of it: what the role may do has to be there
    source.node.addDependency(reader);
    const theme = new CfnTheme(this, 'Theme', {
      awsAccountId: Aws.ACCOUNT_ID,
      themeId: name,
      name,
      baseThemeId: 'CLASSIC',
      configuration: {
        dataColorPalette: { colors: [...SERIES] },
        uiColorPalette: {
          primaryBackground: COLORS.card,
          primaryForeground: COLORS.text,
          secondaryBackground: COLORS.back,
          secondaryForeground: COLORS.text,
          accent: COLORS.main,
          accentForeground: COLORS['main-text'],
          success: COLORS.good,
          warning: COLORS.warn,
          danger: COLORS.bad,
        },
      },
      permissions: [{ principal, actions: OWNER.theme }],
    });
    for (const fleet of fleets.filter(({ tiles }) => tiles.length > 0)) {
      new FleetDashboard(this, fleet.name, {
        stage,
        fleet,
        databaseName,
        dataSourceArn: source.attrArn,
        themeArn: theme.attrArn,
        principal,
      });
    }
  }
}
