import { CustomResource, Duration } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { Stage } from '../stage.ts';
import { type FunctionBuild, TributaryFunction } from './tributary-function.ts';

export type BootstrapServersProps = {
  readonly stage: Stage;
  readonly build: FunctionBuild;
  readonly clusterArn: string;
  /** how many there are: asked anew when they become more */
  readonly brokers: number;
};

const LONGEST = Duration.minutes(1);

/** Where a cluster's brokers listen: CloudFormation does not say, so a function asks when the stage is deployed. */
export class BootstrapServers extends Construct {
  /** `host:port,host:port,…`, for SASL/SCRAM over TLS */
  readonly addresses: string;

  constructor(scope: Construct, id: string, props: BootstrapServersProps) {
    super(scope, id);
    const { stage, build, clusterArn, brokers } = props;
    const find = new TributaryFunction(this, 'Brokers', {
      stage,
      build,
      name: 'brokers',
      description: 'Says where the brokers of the cluster listen',
      memorySize: 1769,
      timeout: LONGEST,
    });
    find.addToRolePolicy(
      new PolicyStatement({ actions: ['kafka:GetBootstrapBrokers'], resources: [clusterArn] }),
    );
    const resource = new CustomResource(this, 'Addresses', {
      resourceType: 'Custom::TributaryBrokers',
      serviceToken: find.functionArn,
      serviceTimeout: LONGEST,
      properties: { clusterArn, brokers },
    });
    this.addresses = resource.getAttString('bootstrapServers');
  }
}
