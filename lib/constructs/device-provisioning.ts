import { Aws, Stack } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnPolicy, CfnProvisioningTemplate, CfnThingGroup, CfnThingType } from 'aws-cdk-lib/aws-iot';
import type { CfnPermission, IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { policyAttributes } from '../../src/fleet/index.ts';
import type { Fleet } from '../../src/fleet/model.ts';
import type { Stage } from '../stage.ts';
import { stageName, templateName } from '../stage-names.ts';
import { acknowledgeWildcard } from './acknowledge.ts';
import { claimDocument } from './claim-document.ts';

export type DeviceProvisioningProps = {
  readonly stage: Stage;
  readonly fleet: Fleet;
  /** what a device's certificate gets */
  readonly policyNames: readonly string[];
  /** asked before a device is provisioned */
  readonly admit: IFunction;
};

/** IoT Core lets no more attributes of a type be searched for. */
const MOST_SEARCHABLE = 3;

/**
 * How devices of a fleet come to be: a type and a group for them, and a template by which a device that holds a claim
 * becomes a thing of its own with a certificate of its own.
 */
export class DeviceProvisioning extends Construct {
  readonly templateName: string;
  readonly claimPolicyName: string;

  constructor(scope: Construct, id: string, props: DeviceProvisioningProps) {
    super(scope, id);
    const { stage, fleet, policyNames, admit } = props;
    const name = stageName(stage, fleet.name);
    const attributes = policyAttributes(fleet);
    this.templateName = templateName(stage, fleet.name);
    this.claimPolicyName = stageName(stage, fleet.name, 'claim');
    const type = new CfnThingType(this, 'Type', {
      thingTypeName: name,
      thingTypeProperties: {
        thingTypeDescription: `A device of ${fleet.name}`,
        searchableAttributes: attributes.slice(0, MOST_SEARCHABLE),
      },
    });
    const group = new CfnThingGroup(this, 'Group', {
      thingGroupName: name,
      thingGroupProperties: { thingGroupDescription: `The devices of ${fleet.name}` },
    });
    const role = this.createRole(name, policyNames);
    const template = new CfnProvisioningTemplate(this, 'Template', {
      templateName: this.templateName,
      description: `Makes a device of ${fleet.name} a thing of its own`,
      enabled: true,
      templateType: 'FLEET_PROVISIONING',
      provisioningRoleArn: role.roleArn,
      preProvisioningHook: { targetArn: admit.functionArn, payloadVersion: '2020-04-01' },
      templateBody: JSON.stringify(describeDevice(name, attributes, policyNames)),
    });
    admit.addPermission(`${fleet.name}-claims`, {
      principal: new ServicePrincipal('iot.amazonaws.com'),
      sourceAccount: Aws.ACCOUNT_ID,
      sourceArn: iotArn(this, 'provisioningtemplate', this.templateName),
    });
    // IoT Core calls the hook to see that it may
    const permission = admit.permissionsNode.findChild(`${fleet.name}-claims`) as CfnPermission;
    template.addResourceDependency(permission);
    for (const part of [type, group]) template.addResourceDependency(part);
    template.node.addDependency(role);
    new CfnPolicy(this, 'ClaimPolicy', {
      policyName: this.claimPolicyName,
      policyDocument: claimDocument(this, this.templateName),
    });
  }

  /** What IoT Core does for a device by the template, and nothing beyond the fleet's own type, group and policies. */
  private createRole(name: string, policyNames: readonly string[]): Role {
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('iot.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
      }),
      description: 'Lets IoT Core make devices that hold a claim things of their own',
    });
    const [things, certificates] = [iotArn(this, 'thing', '*'), iotArn(this, 'cert', '*')];
    const [type, group] = [iotArn(this, 'thingtype', name), iotArn(this, 'thinggroup', name)];
    const policies = policyNames.map((policy) => iotArn(this, 'policy', policy));
    const allowed: readonly (readonly [actions: string[], resources: string[]])[] = [
      [
        ['CreateThing', 'DescribeThing', 'UpdateThing', 'ListThingPrincipals', 'ListThingGroupsForThing'],
        [things],
      ],
      [['AddThingToThingGroup'], [things, group]],
      [['DescribeThingGroup'], [group]],
      [['DescribeThingType', 'CreateThing'], [type]],
      [['DescribeCertificate', 'UpdateCertificate', 'AttachPolicy', 'ListAttachedPolicies'], [certificates]],
      [['AttachThingPrincipal'], [things, certificates]],
      [['GetPolicy'], policies],
    ];
    for (const [actions, resources] of allowed) {
      role.addToPolicy(new PolicyStatement({ actions: actions.map((action) => `iot:${action}`), resources }));
    }
    for (const resource of [things, certificates])
      acknowledgeWildcard(role, resource, 'Devices and their certificates get their names when they come.');
    return role;
  }
}

function iotArn(scope: Construct, resource: string, resourceName: string): string {
  return Stack.of(scope).formatArn({ service: 'iot', resource, resourceName });
}

/** https://docs.aws.amazon.com/iot/latest/developerguide/provision-template.html */
function describeDevice(name: string, attributes: readonly string[], policyNames: readonly string[]): object {
  const text = { Type: 'String' };
  return {
    Parameters: {
      ThingName: text,
      ...Object.fromEntries(attributes.map((attribute) => [attribute, text])),
      'AWS::IoT::Certificate::Id': text,
    },
    Resources: {
      thing: {
        Type: 'AWS::IoT::Thing',
        // one that was registered before keeps what it has
        OverrideSettings: { AttributePayload: 'MERGE', ThingTypeName: 'REPLACE', ThingGroups: 'DO_NOTHING' },
        Properties: {
          ThingName: { Ref: 'ThingName' },
          ThingTypeName: name,
          ThingGroups: [name],
          AttributePayload: Object.fromEntries(
            attributes.map((attribute) => [attribute, { Ref: attribute }]),
          ),
        },
      },
      certificate: {
        Type: 'AWS::IoT::Certificate',
        Properties: { CertificateId: { Ref: 'AWS::IoT::Certificate::Id' }, Status: 'Active' },
      },
      ...Object.fromEntries(
        policyNames.map((policyName, index) => [
          `policy${index + 1}`,
          { Type: 'AWS::IoT::Policy', Properties: { PolicyName: policyName } },
        ]),
      ),
    },
  };
}
