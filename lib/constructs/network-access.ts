import { ArnFormat, Stack, Validations } from 'aws-cdk-lib';
import type { ISecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { type IRole, Policy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { acknowledgeWildcard } from './acknowledge.ts';
import type { BrokerNetwork } from './broker-network.ts';

export type NetworkAccessProps = {
  readonly role: IRole;
  readonly network: BrokerNetwork;
  /** of the interfaces */
  readonly securityGroup: ISecurityGroup;
  /** what the service has to do beyond making, finding and deleting interfaces */
  readonly further: 'nothing' | 'hand interfaces on';
};

/** Lets a service of AWS put interfaces of its own into the network, in the name of a role, and nowhere else. */
export class NetworkAccess extends Policy {
  constructor(scope: Construct, id: string, { role, network, securityGroup, further }: NetworkAccessProps) {
    const stack = Stack.of(scope);
    const arnOf = (resource: string, resourceName: string) =>
      stack.formatArn({ service: 'ec2', resource, resourceName, arnFormat: ArnFormat.SLASH_RESOURCE_NAME });
    const interfaces = arnOf('network-interface', '*');
    super(scope, id, {
      roles: [role],
      statements: [
        new PolicyStatement({
          actions: ['ec2:CreateNetworkInterface'],
          resources: [
            interfaces,
            arnOf('security-group', securityGroup.securityGroupId),
            ...network.subnetIds.map((subnet) => arnOf('subnet', subnet)),
          ],
        }),
        new PolicyStatement({ actions: ['ec2:DeleteNetworkInterface'], resources: [interfaces] }),
        ...(further === 'nothing'
          ? []
          : [
              new PolicyStatement({
                actions: ['ec2:CreateNetworkInterfacePermission'],
                resources: [interfaces],
              }),
              new PolicyStatement({
                actions: ['ec2:DescribeVpcAttribute'],
                resources: [arnOf('vpc', network.vpc.vpcId)],
              }),
            ]),
        new PolicyStatement({
          actions: [
            'ec2:DescribeNetworkInterfaces',
            'ec2:DescribeSecurityGroups',
            'ec2:DescribeSubnets',
            'ec2:DescribeVpcs',
          ],
          resources: ['*'],
        }),
      ],
    });
    acknowledgeWildcard(this, interfaces, 'EC2 numbers an interface when it is made.');
    Validations.of(this).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason:
        'EC2 knows no resources for what lists interfaces, groups, subnets and networks: it allows nothing but *.',
    });
  }
}
