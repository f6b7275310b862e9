import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { factory } from '../../fleets/index.ts';
import { DevicePolicies, packTopics } from '../../lib/constructs/device-policies.ts';
import { nameRules } from '../../lib/constructs/topic-rules.ts';
import { STAGES } from '../../lib/stage.ts';
import { templateName } from '../../lib/stage-names.ts';
import { iotRules, policyTopics } from '../../src/fleet/index.ts';
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
  const policies = () =>
    resourcesOf(stageOf('prod'), 'AWS::IoT::Policy')
      .map(({ Properties }) => Properties)
      .filter(({ PolicyName }) => !PolicyName.endsWith('-claim'));
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

describe('provisioning', () => {
  const templates = () =>
    resourcesOf(stageOf('prod'), 'AWS::IoT::ProvisioningTemplate').map(({ Properties }) => Properties);

  it(
    'gives a device its own thing, type, group and the fleet’s policies, and its attributes',
    { timeout: SYNTH },
    () => {
      const [, ofPresses] = templates();
      expect(ofPresses).toMatchObject({
        TemplateName: 'tributary-prod-presses',
        TemplateType: 'FLEET_PROVISIONING',
        Enabled: true,
      });
      const { Parameters, Resources } = JSON.parse(ofPresses!['TemplateBody']) as {
        Parameters: object;
        Resources: Record<string, { Type: string; Properties: Record<string, unknown> }>;
      };
      expect(Object.keys(Parameters)).toEqual(['ThingName', 'line', 'AWS::IoT::Certificate::Id']);
      expect(Resources['thing']!.Properties).toEqual({
        ThingName: { Ref: 'ThingName' },
        ThingTypeName: 'tributary-prod-presses',
        ThingGroups: ['tributary-prod-presses'],
        AttributePayload: { line: { Ref: 'line' } },
      });
      const named = Object.values(Resources).flatMap(({ Type, Properties }) =>
        Type === 'AWS::IoT::Policy' ? [Properties['PolicyName']] : [],
      );
      expect(named).toEqual(['tributary-prod-presses']);
    },
  );

  it('asks before: no device by a claim without the hook', () => {
    for (const { PreProvisioningHook } of templates()) {
      expect(PreProvisioningHook).toMatchObject({ PayloadVersion: '2020-04-01' });
      expect(JSON.stringify(PreProvisioningHook.TargetArn)).toContain('Admit');
    }
  });

  it('admits in prod what was registered only', () => {
    const admitted = (stage: 'dev' | 'prod') =>
      resourcesOf(stageOf(stage), 'AWS::Lambda::Function').find(({ concern }) => concern === 'devices')!
        .Properties['Environment'].Variables.ADMITTED_THINGS;
    expect([admitted('dev'), admitted('prod')]).toEqual(['any', 'registered']);
  });

  it('lets a claim ask for a certificate by its fleet’s template, under no device’s name, and nothing else', () => {
    const claims = resourcesOf(stageOf('prod'), 'AWS::IoT::Policy').filter(({ Properties }) =>
      Properties['PolicyName'].endsWith('-claim'),
    );
    expect(claims).toHaveLength(2);
    const statements = claims[0]!.Properties['PolicyDocument'].Statement as {
      Action: string | string[];
      Resource: unknown;
    }[];
    const last = (arn: unknown) => String((arn as { 'Fn::Join': [string, unknown[]] })['Fn::Join'][1].at(-1));
    expect(statements.map(({ Action, Resource }) => [Action, [Resource].flat().map(last)])).toEqual([
      ['iot:Connect', [':client/claim-*']],
      [['iot:Publish', 'iot:Receive'], CLAIM_TOPICS.map((topic) => `:topic/${topic}`)],
      ['iot:Subscribe', CLAIM_TOPICS.map((topic) => `:topicfilter/${topic}`)],
    ]);
  });

  it('has names that IoT Core takes, however long a fleet’s is', () => {
    const long = templateName({ name: 'prod' }, 'a_fleet_with_a_name_that_is_quite_long');
    expect(long).toMatch(/^tributary-prod-[0-9A-Za-z_-]+$/);
    expect(long).toHaveLength(36);
    expect(long).not.toBe(templateName({ name: 'prod' }, 'a_fleet_with_a_name_that_is_quite_different'));
  });
});

const CLAIM_TOPICS = [
  '$aws/certificates/create/*',
  '$aws/certificates/create-from-csr/*',
  '$aws/provisioning-templates/tributary-prod-wells/provision/*',
];

describe('policies of a fleet that retains', () => {
  type Statement = { readonly Action: string | readonly string[]; readonly Resource: string | string[] };
  const stack = new Stack(new App(), 'Stack', {
    env: { account: '123456789012', region: 'ap-southeast-1' },
  });
  const rules = nameRules(STAGES.prod, iotRules([factory]));
  new DevicePolicies(stack, 'Policies', { stage: STAGES.prod, fleet: factory, rules });
  const documents = Object.values(Template.fromStack(stack).findResources('AWS::IoT::Policy')).map(
    ({ Properties }) => {
      const { PolicyDocument } = Properties as { readonly PolicyDocument: unknown };
      return JSON.stringify(PolicyDocument).replaceAll(
        /\{"Fn::Join":\["",\["arn:",\{"Ref":"AWS::Partition"\},"([^"]*)"\]\]\}/g,
        '"arn:aws-us-gov$1"',
      );
    },
  );
  const topicsOf = (action: string) =>
    documents
      .flatMap((document) => (JSON.parse(document) as { readonly Statement: Statement[] }).Statement)
      .filter(({ Action }) => [Action].flat().includes(action))
      .flatMap(({ Resource }) => Resource)
      .map((arn) => arn.slice(arn.indexOf(':topic/') + ':topic/'.length));

  it('let a device retain what tables say, plainly, and publish everything', () => {
    const line = ['site', 'area', 'line']
      .map((name) => `\${iot:Connection.Thing.Attributes[${name}]}`)
      .join('/');
    expect(topicsOf('iot:RetainPublish')).toEqual([
      `${line}/Status/StateCurrent`,
      `${line}/Status/StateCurrentStr`,
      `${line}/Status/UnitMode`,
      `${line}/Status/CurMachSpeed`,
      `${line}/Status/MachSpeed`,
      `${line}/Admin/MachDesignSpeed`,
      `${line}/Admin/*/*/AccCount`,
    ]);
    expect(topicsOf('iot:Publish').toSorted()).toEqual(policyTopics(factory, rules).toSorted());
  });

  it('are no longer than AWS allows, and no more than a certificate can have', () => {
    for (const document of documents) expect(document.length).toBeLessThanOrEqual(2048);
    expect(documents.length).toBeLessThanOrEqual(10);
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
