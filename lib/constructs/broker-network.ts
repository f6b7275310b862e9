import { Aws, CfnResource, Fn, type RemovalPolicy } from 'aws-cdk-lib';
import {
  FlowLogDestination,
  FlowLogTrafficType,
  GatewayVpcEndpointAwsService,
  IpAddresses,
  Peer,
  Port,
  SecurityGroup,
  SubnetType,
  type IVpc,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import { AnyPrincipal, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { Stage } from '../stage.ts';

export type BrokerNetworkProps = {
  readonly stage: Stage;
  /** where the event source leaves what it gives up */
  readonly bucket: Bucket;
};

/** Express brokers stand in three zones. */
export const ZONES = 3;

/** Where MSK listens for SASL/SCRAM over TLS. */
const SCRAM_PORT = Port.tcp(9096);

/**
 * A network for brokers and those who speak to them, with no way in or out: no gateway to the internet, none to other
 * networks. Lambda's pollers take the brokers' own security group, the rules have one of theirs.
 */
export class BrokerNetwork extends Construct {
  readonly vpc: Vpc;
  readonly brokers: SecurityGroup;
  readonly rules: SecurityGroup;

  constructor(scope: Construct, id: string, props: BrokerNetworkProps) {
    super(scope, id);
    this.vpc = new Vpc(this, 'Vpc', {
      ipAddresses: IpAddresses.cidr('10.0.0.0/24'),
      // by number: their names are the account's, and a template is for any
      availabilityZones: Array.from({ length: ZONES }, (_, zone) => Fn.select(zone, Fn.getAzs())),
      natGateways: 0,
      subnetConfiguration: [{ name: 'Brokers', subnetType: SubnetType.PRIVATE_ISOLATED, cidrMask: 26 }],
      // it would take a function of the CDK's with a role of its own; nothing is in that group
      restrictDefaultSecurityGroup: false,
    });
    this.logRefusals(props.stage);
    this.openWayToBucket(props.bucket);
    const group = (name: string, description: string) =>
      new SecurityGroup(this, name, { vpc: this.vpc as IVpc, description, allowAllOutbound: false });
    this.brokers = group('Brokers', 'Brokers, and the pollers of Lambda beside them');
    this.rules = group('Rules', 'Network interfaces of IoT Core rules');
    this.brokers.addIngressRule(this.brokers, SCRAM_PORT, 'pollers, SASL/SCRAM over TLS');
    this.brokers.addEgressRule(this.brokers, SCRAM_PORT, 'pollers, SASL/SCRAM over TLS');
    this.brokers.addEgressRule(
      Peer.anyIpv4(),
      Port.tcp(443),
      'what pollers give up, to S3: no other way leads out',
    );
    this.brokers.addIngressRule(this.rules, SCRAM_PORT, 'rules, SASL/SCRAM over TLS');
    this.rules.addEgressRule(this.brokers, SCRAM_PORT, 'brokers, SASL/SCRAM over TLS');
    this.outlive(props.stage.removalPolicy);
  }

  get subnetIds(): string[] {
    return this.vpc.isolatedSubnets.map(({ subnetId }) => subnetId);
  }

  /** Brokers that stay behind need it. */
  private outlive(policy: RemovalPolicy): void {
    for (const each of this.node.findAll())
      if (CfnResource.isCfnResource(each)) each.applyRemovalPolicy(policy);
  }

  private logRefusals(stage: Stage): void {
    const logGroup = new LogGroup(this, 'Log', { retention: stage.logRetention });
    const role = new Role(this, 'LogRole', {
      assumedBy: new ServicePrincipal('vpc-flow-logs.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
      }),
      description: 'Lets the network write down which traffic it refused',
    });
    this.vpc.addFlowLog('Refusals', {
      destination: FlowLogDestination.toCloudWatchLogs(logGroup, role),
      trafficType: FlowLogTrafficType.REJECT,
    });
  }

  private openWayToBucket(bucket: Bucket): void {
    const endpoint = this.vpc.addGatewayEndpoint('Bucket', { service: GatewayVpcEndpointAwsService.S3 });
    endpoint.addToPolicy(
      new PolicyStatement({
        principals: [new AnyPrincipal()],
        actions: ['s3:PutObject'],
        resources: [bucket.arnForObjects('*')],
      }),
    );
    endpoint.addToPolicy(
      new PolicyStatement({
        principals: [new AnyPrincipal()],
        actions: ['s3:ListBucket'],
        resources: [bucket.bucketArn],
      }),
    );
  }
}
