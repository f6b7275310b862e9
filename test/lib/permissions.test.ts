import { describe, expect, it } from 'vitest';
import { resourcesOf, stageOf } from './support/synthesise.ts';

const SYNTH = 120_000;

type Statement = { readonly Effect: string; readonly Action: string | string[]; readonly Resource: unknown };

/** Actions for which AWS knows no resources ("Service Authorization Reference": lists of athena, xray, and log delivery of logs). */
const WITHOUT_RESOURCES = [
  'athena:ListDataCatalogs',
  'athena:ListWorkGroups',
  'logs:CreateLogDelivery',
  'logs:DeleteLogDelivery',
  'logs:DescribeLogGroups',
  'logs:DescribeResourcePolicies',
  'logs:GetLogDelivery',
  'logs:ListLogDeliveries',
  'logs:PutResourcePolicy',
  'logs:UpdateLogDelivery',
  'xray:GetSamplingRules',
  'xray:GetSamplingTargets',
  'xray:PutTelemetryRecords',
  'xray:PutTraceSegments',
];

const allowed = () =>
  resourcesOf(stageOf('prod'), 'AWS::IAM::Policy')
    .flatMap(({ Properties }) => Properties['PolicyDocument'].Statement as Statement[])
    .filter(({ Effect }) => Effect === 'Allow');

const list = <T>(value: T | T[]): T[] => (Array.isArray(value) ? value : [value]);

describe('permissions', () => {
  it('are for named resources, except where AWS knows none', { timeout: SYNTH }, () => {
    const bare = allowed().filter(({ Resource }) => list(Resource).includes('*'));
    expect(Array.from(new Set(bare.flatMap(({ Action }) => Action))).sort()).toEqual(WITHOUT_RESOURCES);
  });

  it('are for named actions', () => {
    expect(allowed().length).toBeGreaterThan(10);
    for (const action of allowed().flatMap(({ Action }) => Action)) expect(action).not.toContain('*');
  });

  it('come from our statements only: no role has a managed or inline policy of somebody else’s', () => {
    for (const { Properties } of resourcesOf(stageOf('prod'), 'AWS::IAM::Role')) {
      expect(Properties).not.toHaveProperty('ManagedPolicyArns');
      expect(Properties).not.toHaveProperty('Policies');
    }
  });

  it('are taken by the service that a role is for, and by nobody else', () => {
    const principals = resourcesOf(stageOf('prod'), 'AWS::IAM::Role').flatMap(
      ({ Properties }) => Properties['AssumeRolePolicyDocument'].Statement as { Principal: unknown }[],
    );
    const services = new Set(principals.map(({ Principal }) => JSON.stringify(Principal)));
    expect(Array.from(services).sort()).toEqual(
      ['grafana', 'iot', 'lambda', 'quicksight', 'scheduler', 'states'].map(
        (service) => `{"Service":"${service}.amazonaws.com"}`,
      ),
    );
  });
});
