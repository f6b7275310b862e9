import { describe, expect, it } from 'vitest';
import { packTopics } from '../../lib/constructs/device-policies.ts';
import { resourcesOf, stageOf } from './support/synthesise.ts';

const SYNTH = 120_000;

describe('rules', () => {
  const rules = () => resourcesOf(stageOf('prod'), 'AWS::IoT::TopicRule').map(({ Properties }) => Properties);

  it('take each fleet’s topics, payload as it came, keyed by topic', { timeout: SYNTH }, () => {
    expect(rules().map(({ TopicRulePayload }) => TopicRulePayload.Sql)).toEqual([
      "SELECT * FROM 'wells/+/level'",
      "SELECT * FROM 'plant/+/press/force'",
    ]);
    for (const { TopicRulePayload } of rules()) {
      expect(TopicRulePayload).toMatchObject({ AwsIotSqlVersion: '2016-03-23', RuleDisabled: false });
      expect(TopicRulePayload.Actions).toHaveLength(1);
      expect(TopicRulePayload.Actions[0].Kinesis.PartitionKey).toBe('${topic()}');
    }
  });

  it('keep what the stream did not take, by rule and day', () => {
    for (const { RuleName, TopicRulePayload } of rules()) {
      expect(TopicRulePayload.ErrorAction.S3.Key).toBe(
        `rule-errors/${RuleName}/\${parse_time("yyyy-MM-dd", timestamp())}/\${newuuid()}.json`,
      );
    }
  });

  it('have names that IoT takes', () => {
    for (const { RuleName } of rules()) expect(RuleName).toMatch(/^tributary_prod_\w{1,113}$/);
  });

  it('act through a role that only rules of this account and stage may take', () => {
    const role = stageOf('prod').templates.devices.Resources['RulesRole0AEA3878']!.Properties;
    expect(role['AssumeRolePolicyDocument'].Statement).toHaveLength(1);
    expect(role['AssumeRolePolicyDocument'].Statement[0].Condition).toMatchObject({
      StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } },
      ArnLike: { 'aws:SourceArn': { 'Fn::Join': ['', expect.arrayContaining([':rule/tributary_prod_*'])] } },
    });
  });
});

describe('device policies', () => {
  const policies = () => resourcesOf(stageOf('prod'), 'AWS::IoT::Policy').map(({ Properties }) => Properties);
  const resources = (policy: Readonly<Record<string, any>>, action: string): string[] =>
    (policy['PolicyDocument'].Statement as { Action: string; Resource: unknown }[])
      .filter(({ Action }) => Action === action)
      .flatMap(
        ({ Resource }) =>
          (Array.isArray(Resource) ? Resource : [Resource]) as { 'Fn::Join': [string, unknown[]] }[],
      )
      .map((arn) => String(arn['Fn::Join'][1].at(-1)).replace(/^:/, ''));

  it(
    'let a device connect as its own thing only, with the certificate attached to it',
    { timeout: SYNTH },
    () => {
      for (const policy of policies()) {
        expect(resources(policy, 'iot:Connect')).toEqual(['client/${iot:Connection.Thing.ThingName}']);
        const connect = policy['PolicyDocument'].Statement[0];
        expect(connect.Condition).toEqual({ Bool: { 'iot:Connection.Thing.IsAttached': 'true' } });
      }
    },
  );

  it('let a device publish only under its own thing name, or its thing’s attributes', () => {
    const [ofWells, ofPresses] = policies().map((policy) => resources(policy, 'iot:Publish'));
    expect(ofWells).toEqual([
      'topic/wells/${iot:Connection.Thing.ThingName}/level',
      'topic/$aws/rules/tributary_prod_wells_any_level/wells/${iot:Connection.Thing.ThingName}/level',
    ]);
    expect(ofPresses).toEqual([
      'topic/plant/${iot:Connection.Thing.Attributes[line]}/press/force',
      'topic/$aws/rules/tributary_prod_plant_any_press_force/plant/${iot:Connection.Thing.Attributes[line]}/press/force',
    ]);
  });

  it('name, for Basic Ingest, rules that are there', () => {
    const rules = resourcesOf(stageOf('prod'), 'AWS::IoT::TopicRule').map(
      ({ Properties }) => Properties['RuleName'],
    );
    const named = policies()
      .flatMap((policy) => resources(policy, 'iot:Publish'))
      .flatMap((topic) => /^topic\/\$aws\/rules\/([^/]+)\//.exec(topic)?.[1] ?? []);
    expect(named).toHaveLength(2);
    for (const name of named) expect(rules).toContain(name);
  });

  it('allow nothing else', () => {
    const actions = policies().flatMap(
      (policy) => policy['PolicyDocument'].Statement as { Action: string }[],
    );
    expect(new Set(actions.map(({ Action }) => Action))).toEqual(new Set(['iot:Connect', 'iot:Publish']));
  });
});

describe('packing topics into policies', () => {
  const topics = Array.from(
    { length: 40 },
    (_, i) => `site/\${iot:Connection.Thing.Attributes[line]}/status/${'x'.repeat(i)}`,
  );

  it('keeps each and their order', () => {
    expect(packTopics(topics).flat()).toEqual(topics);
    expect(packTopics([])).toEqual([]);
  });

  it('keeps a document below what AWS allows', () => {
    const groups = packTopics(topics);
    expect(groups.length).toBeGreaterThan(1);
    for (const group of groups) {
      const arns = group.map((topic) => `arn:aws-us-gov:iot:ap-southeast-1:123456789012:topic/${topic}`);
      expect(JSON.stringify(arns).length).toBeLessThan(1700);
    }
  });
});
