import { Aws, Stack } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnLogging } from 'aws-cdk-lib/aws-iot';
import { ArnFormat } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { acknowledgeWildcard } from './acknowledge.ts';

/**
 * IoT Core's own log of what it refuses, and of rules that cannot read a message. There is one setting for the whole account
 * and region, whatever stages it has.
 */
export class IotLogging extends Construct {
  constructor(scope: Construct, id: string) {
    super(scope, id);
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('iot.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
      }),
      description: 'Lets IoT Core write its log',
    });
    const log = Stack.of(this).formatArn({
      service: 'logs',
      resource: 'log-group',
      // IoT Core's name for it
      resourceName: 'AWSIotLogsV2',
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    role.addToPolicy(
      new PolicyStatement({
        actions: [
          'logs:CreateLogGroup',
          'logs:PutRetentionPolicy',
          'logs:CreateLogStream',
          'logs:PutLogEvents',
        ],
        resources: [log, `${log}:*`],
      }),
    );
    acknowledgeWildcard(role, `${log}:*`, 'IoT Core names the streams of its log.');
    new CfnLogging(this, 'Logging', {
      accountId: Aws.ACCOUNT_ID,
      defaultLogLevel: 'WARN',
      roleArn: role.roleArn,
    });
  }
}
