import { Stack } from 'aws-cdk-lib';
import { CfnPolicy } from 'aws-cdk-lib/aws-iot';
import { Construct } from 'constructs';
import type { Fleet } from '../../src/fleet/model.ts';
import { type IotRule, policyTopics, retainedPolicyTopics } from '../../src/fleet/index.ts';
import type { Stage } from '../stage.ts';
import { stageName } from '../stage-names.ts';

export type DevicePoliciesProps = {
  readonly stage: Stage;
  readonly fleet: Fleet;
  /** the rules by the names that they have in this account */
  readonly rules: readonly IotRule[];
};

/**
 * What the devices of a fleet may do: connect as the thing that their certificate is attached to, and publish to topics that
 * name that thing (or carry its attributes), plain or by Basic Ingest; retained where tables say so. One policy as a rule; a
 * fleet of many topics has several, since AWS bounds the length of each, and a device's certificate gets all of them.
 */
export class DevicePolicies extends Construct {
  readonly policyNames: readonly string[];

  constructor(scope: Construct, id: string, props: DevicePoliciesProps) {
    super(scope, id);
    const { stage, fleet, rules } = props;
    const client = iotArn(this, 'client', '${iot:Connection.Thing.ThingName}');
    const retained = new Set(retainedPolicyTopics(fleet));
    this.policyNames = packTopics(policyTopics(fleet, rules)).map((topics, index) => {
      const policyName = stageName(stage, fleet.name, ...(index === 0 ? [] : [String(index + 1)]));
      const connect = {
        Effect: 'Allow',
        Action: 'iot:Connect',
        Resource: client,
        Condition: { Bool: { 'iot:Connection.Thing.IsAttached': 'true' } },
      };
      const allow = (Action: string | readonly string[], some: readonly string[]) =>
        some.length === 0
          ? []
          : [{ Effect: 'Allow', Action, Resource: some.map((topic) => iotArn(this, 'topic', topic)) }];
      const publish = [
        ...allow(
          'iot:Publish',
          topics.filter((topic) => !retained.has(topic)),
        ),
        ...allow(
          ['iot:Publish', 'iot:RetainPublish'],
          topics.filter((topic) => retained.has(topic)),
        ),
      ];
      new CfnPolicy(this, `Policy${index + 1}`, {
        policyName,
        policyDocument: { Version: '2012-10-17', Statement: index === 0 ? [connect, ...publish] : publish },
      });
      return policyName;
    });
  }
}

function iotArn(scope: Construct, resource: string, resourceName: string): string {
  return Stack.of(scope).formatArn({ service: 'iot', resource, resourceName });
}

/** AWS allows 2,048 characters a document, blanks not counted; the statements' frame is below 440. */
const ROOM_FOR_TOPICS = 2048 - 440;

/** What an ARN and its quotes take beside the topic, in the partition and region with the longest names. */
const ARN_LENGTH = '"arn:aws-us-gov:iot:ap-southeast-1:123456789012:topic/",'.length;

/** The topics in as few groups as fit a policy document each, in order. */
export function packTopics(topics: readonly string[]): readonly (readonly string[])[] {
  const groups: string[][] = [];
  let room = 0;
  for (const topic of topics) {
    const length = ARN_LENGTH + topic.length;
    const last = groups.at(-1);
    if (last !== undefined && length <= room) {
      last.push(topic);
      room -= length;
    } else {
      groups.push([topic]);
      room = ROOM_FOR_TOPICS - length;
    }
  }
  return groups;
}
