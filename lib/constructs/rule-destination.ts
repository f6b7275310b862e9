import { Aws } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnTopicRuleDestination } from 'aws-cdk-lib/aws-iot';
import { Construct } from 'constructs';
import type { BrokerNetwork } from './broker-network.ts';
import { NetworkAccess } from './network-access.ts';

export type RuleDestinationProps = { readonly network: BrokerNetwork };

/** How rules of IoT Core come into the network: an interface of theirs in each subnet. */
export class RuleDestination extends Construct {
  readonly arn: string;

  constructor(scope: Construct, id: string, { network }: RuleDestinationProps) {
    super(scope, id);
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('iot.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
      }),
      description: 'Lets rules have interfaces in the network of the brokers',
    });
    const access = new NetworkAccess(this, 'Access', {
      role,
      network,
      securityGroup: network.rules,
      further: 'hand interfaces on',
    });
    const destination = new CfnTopicRuleDestination(this, 'Destination', {
      vpcProperties: {
        vpcId: network.vpc.vpcId,
        subnetIds: network.subnetIds,
        securityGroups: [network.rules.securityGroupId],
        roleArn: role.roleArn,
      },
    });
    destination.node.addDependency(access);
    this.arn = destination.attrArn;
  }
}
