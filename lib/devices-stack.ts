import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Fleet } from '../src/fleet/model.ts';
import { iotRules } from '../src/fleet/index.ts';
import { DevicePolicies } from './constructs/device-policies.ts';
import type { LakeBucket } from './constructs/lake-bucket.ts';
import type { ReadingStream } from './constructs/reading-stream.ts';
import { nameRules, TopicRules } from './constructs/topic-rules.ts';
import type { Stage } from './stage.ts';

export type DevicesStackProps = StackProps & {
  readonly stage: Stage;
  readonly fleets: readonly Fleet[];
  readonly lake: LakeBucket;
  readonly readings: ReadingStream;
};

/** The side that devices see: what they may publish, and the rules that carry it to the stream. */
export class DevicesStack extends Stack {
  readonly rules: TopicRules;
  readonly policies: readonly DevicePolicies[];

  constructor(scope: Construct, id: string, props: DevicesStackProps) {
    super(scope, id, props);
    const { stage, fleets, lake, readings } = props;
    const rules = nameRules(stage, iotRules(fleets));
    this.rules = new TopicRules(this, 'Rules', { stage, rules, lake, readings });
    new CfnOutput(this, 'RuleNames', {
      value: rules.map(({ name }) => name).join(','),
      description: 'Basic Ingest publishes below $aws/rules/<rule>/',
    });
    this.policies = fleets.map((fleet) => {
      const policies = new DevicePolicies(this, `Devices-${fleet.name}`, { stage, fleet, rules });
      new CfnOutput(this, `PolicyNames-${fleet.name}`, {
        value: policies.policyNames.join(','),
        description: `What a certificate of ${fleet.name} gets attached`,
      });
      return policies;
    });
  }
}
