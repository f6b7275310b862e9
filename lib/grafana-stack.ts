import { Aws, CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import { CfnWorkspace } from 'aws-cdk-lib/aws-grafana';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import type { LakeBucket } from './constructs/lake-bucket.ts';
import { LakeReader } from './constructs/lake-reader.ts';
import type { QueryWorkgroup } from './constructs/query-workgroup.ts';
import type { Stage } from './stage.ts';
import { stageName } from './stage-names.ts';

export type GrafanaStackProps = StackProps & {
  readonly stage: Stage;
  readonly lake: LakeBucket;
  readonly databaseName: string;
  readonly workgroup: QueryWorkgroup;
};

/** A workspace of Amazon Managed Grafana that reads the lake through Athena. Its people come from IAM Identity Center. */
export class GrafanaStack extends Stack {
  constructor(scope: Construct, id: string, props: GrafanaStackProps) {
    super(scope, id, props);
    const { stage, lake, databaseName, workgroup } = props;
    const workspaces = `arn:${Aws.PARTITION}:grafana:${this.region}:${this.account}:/workspaces/*`;
    const reader = new LakeReader(this, 'Reader', {
      description: `What Grafana reads the ${stage.name} lake with`,
      assumedBy: new ServicePrincipal('grafana.amazonaws.com', {
        conditions: {
          StringEquals: { 'aws:SourceAccount': this.account },
          StringLike: { 'aws:SourceArn': workspaces },
        },
      }),
      lake,
      databaseName,
      workgroup,
    });
    const workspace = new CfnWorkspace(this, 'Workspace', {
      name: stageName(stage),
      description: `The fleets of ${stage.name}`,
      accountAccessType: 'CURRENT_ACCOUNT',
      authenticationProviders: ['AWS_SSO'],
      // the role is ours: AWS's own would read every workgroup and table of the account
      permissionType: 'CUSTOMER_MANAGED',
      roleArn: reader.role.roleArn,
      dataSources: ['ATHENA'],
      grafanaVersion: '10.4',
      pluginAdminEnabled: true,
    });
    new CfnOutput(this, 'WorkspaceUrl', { value: `https://${workspace.attrEndpoint}` });
  }
}
