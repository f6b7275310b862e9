import { describe, expect, it } from 'vitest';
import { STAGES } from '../../lib/stage.ts';
import { resourcesOf, stacksOf, stageOf, synthesise, type Synthesis } from './support/synthesise.ts';

const SYNTH = 120_000;

/** The properties by which a resource is known in the account, by type; all others are named by CloudFormation. */
const NAMES: Readonly<Record<string, (properties: Readonly<Record<string, any>>) => string | undefined>> = {
  'AWS::IoT::TopicRule': (each) => each['RuleName'],
  'AWS::IoT::Policy': (each) => each['PolicyName'],
  'AWS::IoT::ThingType': (each) => each['ThingTypeName'],
  'AWS::IoT::ThingGroup': (each) => each['ThingGroupName'],
  'AWS::IoT::ProvisioningTemplate': (each) => each['TemplateName'],
  'AWS::KMS::Alias': (each) => each['AliasName'],
  'AWS::Glue::Database': (each) => each['DatabaseInput'].Name,
  'AWS::Glue::Table': (each) => `${each['DatabaseName']}.${each['TableInput'].Name}`,
  'AWS::Athena::WorkGroup': (each) => each['Name'],
  'AWS::Athena::NamedQuery': (each) => `${each['WorkGroup']}.${each['Name']}`,
  'AWS::Scheduler::ScheduleGroup': (each) => each['Name'],
  'AWS::Scheduler::Schedule': (each) => each['Name'],
  'AWS::StepFunctions::StateMachine': (each) => each['StateMachineName'],
  'AWS::CloudWatch::Alarm': (each) => each['AlarmName'],
  'AWS::CloudWatch::Dashboard': (each) => each['DashboardName'],
  'AWS::Logs::LogGroup': (each) => each['LogGroupName'],
  'AWS::QuickSight::DataSource': (each) => `${each['DataSourceId']}, ${each['Name']}`,
  'AWS::QuickSight::DataSet': (each) => `${each['DataSetId']}, ${each['Name']}`,
  'AWS::QuickSight::Analysis': (each) => `${each['AnalysisId']}, ${each['Name']}`,
  'AWS::QuickSight::Dashboard': (each) => `${each['DashboardId']}, ${each['Name']}`,
  'AWS::QuickSight::Theme': (each) => `${each['ThemeId']}, ${each['Name']}`,
  // it is the data set's
  'AWS::QuickSight::RefreshSchedule': (each) => each['DataSetId'],
  'AWS::Grafana::Workspace': (each) => each['Name'],
};

/** They say whose function they mean. */
const NAME_OTHERS = ['AWS::Lambda::EventSourceMapping', 'AWS::Lambda::Permission'];
const OTHER_NAME_PROPERTIES = ['BucketName', 'RoleName', 'FunctionName', 'ManagedPolicyName', 'Name'];

function physicalNames(synthesis: Synthesis): string[] {
  const stacks = stacksOf(synthesis.cloud).map(([, { stackName }]) => stackName);
  const resources = resourcesOf(synthesis).flatMap(({ Type, Properties }) => {
    const name = NAMES[Type]?.(Properties);
    return name === undefined ? [] : [name];
  });
  const exports = Object.values(synthesis.templates).flatMap(({ Outputs = {} }) =>
    Object.values(Outputs).flatMap(({ Export }) => (Export === undefined ? [] : [Export.Name])),
  );
  return [...stacks, ...resources, ...exports];
}

describe('stages', () => {
  it('live side by side in one account: no two have a name in common', { timeout: SYNTH }, () => {
    const prod = new Set(physicalNames(stageOf('prod')));
    expect(prod.size).toBeGreaterThan(20);
    expect(physicalNames(stageOf('dev')).filter((name) => prod.has(name))).toEqual([]);
  });

  it('are in every name that we give', { timeout: SYNTH }, () => {
    expect(
      physicalNames(stageOf('dev')).filter((name) => !/tributary[-_]dev\b|tributary_dev_/.test(name)),
    ).toEqual([]);
    for (const { Type, Properties } of resourcesOf(stageOf('dev'))) {
      if (NAMES[Type] !== undefined || NAME_OTHERS.includes(Type)) continue;
      for (const property of OTHER_NAME_PROPERTIES) expect(Properties ?? {}).not.toHaveProperty(property);
    }
  });

  it.each(Object.values(STAGES))('$name gives a batch up while the stream still holds it', (stage) => {
    expect(stage.giveUpAfter.toSeconds()).toBeLessThan(stage.streamRetention.toSeconds());
  });

  it('protect prod from being deleted by a slip', () => {
    for (const [, stack] of stacksOf(stageOf('prod').cloud)) expect(stack.terminationProtection).toBe(true);
  });

  it('keep the stream for a week in prod', () => {
    const [stream] = resourcesOf(stageOf('prod'), 'AWS::Kinesis::Stream');
    expect(stream!.Properties).toMatchObject({
      RetentionPeriodHours: 168,
      StreamModeDetails: { StreamMode: 'ON_DEMAND' },
      StreamEncryption: { EncryptionType: 'KMS' },
    });
  });

  it('have a stream of so many shards where somebody says so, and on demand else', { timeout: SYNTH }, () => {
    const [stream] = resourcesOf(synthesise({ shards: 3 }), 'AWS::Kinesis::Stream');
    expect(stream!.Properties).toMatchObject({
      ShardCount: 3,
      StreamModeDetails: { StreamMode: 'PROVISIONED' },
    });
  });
});
