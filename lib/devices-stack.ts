import { CfnOutput, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import type { Fleet } from '../src/fleet/model.ts';
import { iotRules } from '../src/fleet/index.ts';
import { ENVIRONMENT } from '../src/environment.ts';
import { acknowledgeWildcard } from './constructs/acknowledge.ts';
import { DevicePolicies } from './constructs/device-policies.ts';
import { DeviceProvisioning } from './constructs/device-provisioning.ts';
import { IotLogging } from './constructs/iot-logging.ts';
import type { LakeBucket } from './constructs/lake-bucket.ts';
import type { Readings } from './constructs/readings.ts';
import { nameRules, TopicRules } from './constructs/topic-rules.ts';
import { type FunctionBuild, TributaryFunction } from './constructs/tributary-function.ts';
import type { Stage } from './stage.ts';

export type DevicesStackProps = StackProps & {
  readonly stage: Stage;
  readonly fleets: readonly Fleet[];
  readonly lake: LakeBucket;
  readonly readings: Readings;
  readonly build: FunctionBuild;
  /** whether the account's log of IoT Core belongs to this stage */
  readonly logging: boolean;
};

/** The side that devices see: what they may publish, and the rules that carry it to the stream. */
export class DevicesStack extends Stack {
  readonly rules: TopicRules;
  readonly policies: readonly DevicePolicies[];

  constructor(scope: Construct, id: string, props: DevicesStackProps) {
    super(scope, id, props);
    const { stage, fleets, lake, readings, build, logging } = props;
    const rules = nameRules(stage, iotRules(fleets));
    this.rules = new TopicRules(this, 'Rules', { stage, rules, lake, readings });
    new CfnOutput(this, 'RuleNames', {
      value: rules.map(({ name }) => name).join(','),
      description: 'Basic Ingest publishes below $aws/rules/<rule>/',
    });
    const admit = new TributaryFunction(this, 'Admit', {
      stage,
      build,
      name: 'admit',
      description: 'Says which devices that hold a claim become things',
      memorySize: 1769,
      // IoT Core waits no longer
      timeout: Duration.seconds(5),
    });
    this.letLookUpThings(admit);
    admit.addEnvironment(ENVIRONMENT.admitted, stage.admittedThings);
    this.policies = fleets.map((fleet) => {
      const policies = new DevicePolicies(this, `Devices-${fleet.name}`, { stage, fleet, rules });
      const { policyNames } = policies;
      const provisioning = new DeviceProvisioning(this, `Provisioning-${fleet.name}`, {
        stage,
        fleet,
        policyNames,
        admit,
      });
      provisioning.node.addDependency(policies);
      new CfnOutput(this, `PolicyNames-${fleet.name}`, {
        value: policyNames.join(','),
        description: `What a certificate of ${fleet.name} gets attached`,
      });
      return policies;
    });
    if (logging) new IotLogging(this, 'Logging');
  }

  private letLookUpThings(admit: TributaryFunction): void {
    const things = this.formatArn({ service: 'iot', resource: 'thing', resourceName: '*' });
    admit.addToRolePolicy(
      new PolicyStatement({ actions: ['iot:DescribeThing', 'iot:ListThingPrincipals'], resources: [things] }),
    );
    acknowledgeWildcard(admit.role!, things, 'It is asked about devices that are not things yet.');
  }
}
