import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { STAGES } from '../../lib/stage.ts';
import { resourcesOf, stageOf } from './support/synthesise.ts';

const SYNTH = 120_000;

type Statement = {
  readonly Effect: string;
  readonly Action: string | string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
};

const stage = () => stageOf('prod', 'msk');
const only = (type: string) => {
  const resources = resourcesOf(stage(), type);
  expect(resources).toHaveLength(1);
  return resources[0]!;
};
const list = <T>(value: T | T[]): T[] => (Array.isArray(value) ? value : [value]);
const statementsOf = (...concerns: readonly string[]) =>
  resourcesOf(stage(), 'AWS::IAM::Policy')
    .filter(({ concern }) => concerns.includes(concern))
    .flatMap(({ id, Properties }) =>
      (Properties['PolicyDocument'].Statement as Statement[]).map((each) => ({ id, ...each })),
    );

describe('a stage with MSK', () => {
  it('passes all checks, without a warning', { timeout: SYNTH }, () => {
    const report = JSON.parse(readFileSync(join(stage().outdir, 'validation-report.json'), 'utf8')) as {
      pluginReports: unknown[];
    };
    expect(report.pluginReports).toEqual([]);
  });

  it('has no stream of Kinesis, and nothing that speaks of one', () => {
    expect(JSON.stringify(stage().templates)).not.toMatch(/kinesis/i);
  });

  it('keeps the logical ids of what holds state, which outlives its stack', () => {
    const types = ['AWS::MSK::Cluster', 'AWS::MSK::Topic', 'AWS::SecretsManager::Secret', 'AWS::EC2::VPC'];
    const stateful = types.flatMap((type) => resourcesOf(stage(), type));
    expect(stateful.map(({ concern, id }) => `${concern}/${id}`)).toEqual([
      'stream/TopicCluster22D22BF6',
      'stream/Topic260E7DCE',
      'stream/TopicLoginSecret67E6BC52',
      'stream/TopicNetworkVpcD632B2A2',
    ]);
    for (const { DeletionPolicy } of stateful) expect(DeletionPolicy).toBe('Retain');
  });

  it('needs no names of zones: the template is for any account', () => {
    const zones = resourcesOf(stage(), 'AWS::EC2::Subnet').map(
      ({ Properties }) => Properties['AvailabilityZone'],
    );
    expect(zones).toEqual([0, 1, 2].map((zone) => ({ 'Fn::Select': [zone, { 'Fn::GetAZs': '' }] })));
  });
});

describe('the brokers', () => {
  it('take clients over TLS with SASL/SCRAM only, and no one from the internet', { timeout: SYNTH }, () => {
    expect(only('AWS::MSK::Cluster').Properties).toMatchObject({
      ClientAuthentication: {
        Sasl: { Scram: { Enabled: true }, Iam: { Enabled: false } },
        Tls: { Enabled: false },
        Unauthenticated: { Enabled: false },
      },
      EncryptionInfo: { EncryptionInTransit: { ClientBroker: 'TLS', InCluster: true } },
      BrokerNodeGroupInfo: { ConnectivityInfo: { PublicAccess: { Type: 'DISABLED' } } },
    });
  });

  it('keep records under the lake’s key, and a log that ends', () => {
    const { EncryptionInfo, LoggingInfo } = only('AWS::MSK::Cluster').Properties;
    expect(EncryptionInfo.EncryptionAtRest.DataVolumeKMSKeyId).toEqual({
      'Fn::ImportValue': expect.stringContaining('LakeKey'),
    });
    const log = LoggingInfo.BrokerLogs.CloudWatchLogs.LogGroup.Ref as string;
    expect(stage().templates.stream.Resources[log]!.Properties['RetentionInDays']).toBe(90);
  });

  it('hold a topic for a week in prod, under the time at which they took each record', () => {
    const { Configs, PartitionCount, ReplicationFactor } = only('AWS::MSK::Topic').Properties;
    const configs = JSON.parse(Buffer.from(Configs as string, 'base64').toString()) as Record<string, string>;
    expect(configs).toEqual({
      'cleanup.policy': 'delete',
      'retention.ms': String(STAGES.prod.streamRetention.toMilliseconds()),
      'message.timestamp.type': 'LogAppendTime',
    });
    expect([PartitionCount, ReplicationFactor]).toEqual([12, 3]);
  });
});

describe('the network of the brokers', () => {
  it('has no way in or out but to S3’s endpoint, and writes down what it refuses', { timeout: SYNTH }, () => {
    for (const type of ['InternetGateway', 'NatGateway', 'VPCPeeringConnection', 'TransitGatewayAttachment'])
      expect(resourcesOf(stage(), `AWS::EC2::${type}`)).toEqual([]);
    for (const { Properties } of resourcesOf(stage(), 'AWS::EC2::Subnet'))
      expect(Properties['MapPublicIpOnLaunch']).toBe(false);
    expect(resourcesOf(stage(), 'AWS::EC2::Route')).toEqual([]);
    expect(only('AWS::EC2::FlowLog').Properties['TrafficType']).toBe('REJECT');
    const endpoint = only('AWS::EC2::VPCEndpoint').Properties;
    expect(endpoint['VpcEndpointType']).toBe('Gateway');
    const { Statement } = endpoint['PolicyDocument'] as { Statement: Statement[] };
    expect(Statement.map(({ Action }) => Action)).toEqual(['s3:PutObject', 's3:ListBucket']);
    expect(JSON.stringify(Statement.map(({ Resource }) => Resource))).not.toContain('"*"');
  });

  it('lets rules and pollers reach the brokers at one port, and nobody anything else', () => {
    const ingress = resourcesOf(stage(), 'AWS::EC2::SecurityGroupIngress').map(({ Properties }) => [
      Properties['SourceSecurityGroupId']['Fn::GetAtt'][0],
      Properties['GroupId']['Fn::GetAtt'][0],
      Properties['FromPort'],
      Properties['ToPort'],
    ]);
    const [brokers, rules] = ['TopicNetworkBrokersABE20DC7', 'TopicNetworkRules0AA7A925'];
    expect(ingress).toEqual([
      [brokers, brokers, 9096, 9096],
      [rules, brokers, 9096, 9096],
    ]);
    for (const { Properties } of resourcesOf(stage(), 'AWS::EC2::SecurityGroup'))
      expect(Properties).not.toHaveProperty('SecurityGroupIngress');
  });
});

describe('the user of the brokers', () => {
  it('has a secret as MSK wants it: its name, and a key of our own', { timeout: SYNTH }, () => {
    const { Name, KmsKeyId, GenerateSecretString } = only('AWS::SecretsManager::Secret').Properties;
    expect(Name['Fn::Join'][1][0]).toBe('AmazonMSK_tributary_prod_');
    expect(KmsKeyId['Fn::GetAtt'][0]).toMatch(/^TopicLoginKey/);
    expect(GenerateSecretString).toMatchObject({ GenerateStringKey: 'password', PasswordLength: 48 });
    expect(only('AWS::MSK::BatchScramSecret').Properties['SecretArnList']).toEqual([
      { Ref: 'TopicLoginSecret67E6BC52' },
    ]);
  });

  it('is known to the rules and to ingest, and to nobody else', () => {
    const readers = resourcesOf(stage(), 'AWS::IAM::Policy').filter(({ Properties }) =>
      JSON.stringify(Properties['PolicyDocument']).includes('secretsmanager:GetSecretValue'),
    );
    expect(readers.map(({ id }) => id.replace(/Role.*/, ''))).toEqual(['Ingest', 'Rules']);
  });
});

describe('rules', () => {
  it(
    'hand each message to the topic: the payload as it came, the topic as key, once all copies stand',
    { timeout: SYNTH },
    () => {
      const rules = resourcesOf(stage(), 'AWS::IoT::TopicRule').map(
        ({ Properties }) => Properties['TopicRulePayload'],
      );
      expect(rules.map(({ Sql }) => Sql as string)).toEqual([
        "SELECT * FROM 'wells/+/level'",
        "SELECT * FROM 'plant/+/press/force'",
      ]);
      for (const { Actions, ErrorAction } of rules) {
        expect(Actions).toHaveLength(1);
        expect(Actions[0].Kafka).toMatchObject({ Key: '${topic()}', Topic: 'readings' });
        expect(Actions[0].Kafka).not.toHaveProperty('Partition');
        expect(ErrorAction.S3.Key).toMatch(/^rule-errors\//);
      }
    },
  );

  it('log in over TLS with the secret’s user, whose password is in no template', () => {
    const [rule] = resourcesOf(stage(), 'AWS::IoT::TopicRule');
    const properties = rule!.Properties['TopicRulePayload'].Actions[0].Kafka.ClientProperties as Record<
      string,
      { readonly 'Fn::Join': [string, unknown[]] } | string
    >;
    expect(properties).toMatchObject({
      'security.protocol': 'SASL_SSL',
      'sasl.mechanism': 'SCRAM-SHA-512',
      acks: 'all',
      'bootstrap.servers': { 'Fn::ImportValue': expect.stringContaining('bootstrapServers') },
    });
    for (const name of ['username', 'password']) {
      const [, parts] = (properties[`sasl.scram.${name}`] as { 'Fn::Join': [string, unknown[]] })['Fn::Join'];
      expect(parts.filter((part) => typeof part === 'string').join('…')).toBe(
        `\${get_secret('…', 'SecretString', '${name}', '…')}`,
      );
    }
  });

  it('have interfaces in each subnet, made under a role that only IoT Core of this account may take', () => {
    const { VpcProperties } = only('AWS::IoT::TopicRuleDestination').Properties;
    expect(VpcProperties.SubnetIds).toHaveLength(3);
    expect(VpcProperties.SecurityGroups).toEqual([
      { 'Fn::GetAtt': ['TopicNetworkRules0AA7A925', 'GroupId'] },
    ]);
    const role = stage().templates.stream.Resources[VpcProperties.RoleArn['Fn::GetAtt'][0]]!.Properties;
    expect(role['AssumeRolePolicyDocument'].Statement).toEqual([
      {
        Action: 'sts:AssumeRole',
        Effect: 'Allow',
        Principal: { Service: 'iot.amazonaws.com' },
        Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
      },
    ]);
  });
});

describe('ingest’s event source', () => {
  const mapping = () =>
    resourcesOf(stage(), 'AWS::Lambda::EventSourceMapping').find(({ id }) => id.startsWith('Ingest'))!
      .Properties;

  it('begins with the oldest record, and logs in as the secret’s user', { timeout: SYNTH }, () => {
    expect(mapping()).toMatchObject({
      EventSourceArn: { 'Fn::ImportValue': expect.stringContaining('TopicCluster') },
      Topics: ['readings'],
      StartingPosition: 'TRIM_HORIZON',
      BatchSize: 10_000,
      MaximumBatchingWindowInSeconds: 5,
      SourceAccessConfigurations: [
        {
          Type: 'SASL_SCRAM_512_AUTH',
          URI: { 'Fn::ImportValue': expect.stringContaining('TopicLoginSecret') },
        },
      ],
      AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: 'tributary-prod-ingest' },
    });
  });

  it('has pollers of its own, splits a failing batch, hears of failed partitions, gives up by age', () => {
    expect(mapping()).toMatchObject({
      ProvisionedPollerConfig: { MinimumPollers: 1, MaximumPollers: 12 },
      BisectBatchOnFunctionError: true,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      MaximumRecordAgeInSeconds: 4 * 86_400,
      // left out it would be ten where there is a destination
      MaximumRetryAttempts: 10_000,
      DestinationConfig: {
        OnFailure: { Destination: { 'Fn::ImportValue': expect.stringContaining('LakeBucket') } },
      },
    });
  });

  it('is made after the role may put interfaces into the network', () => {
    const { Resources } = stage().templates.functions;
    const [id] = Object.entries(Resources).find(([name]) => name.startsWith('IngestReadings'))!;
    const { DependsOn } = Resources[id] as unknown as { readonly DependsOn: readonly string[] };
    expect(list(DependsOn as string[]).some((each) => each.startsWith('IngestPollers'))).toBe(true);
  });
});

describe('permissions of a stage with MSK', () => {
  it('are for named resources, but for what EC2 lists', { timeout: SYNTH }, () => {
    const bare = statementsOf('stream', 'functions', 'devices')
      .filter(({ Resource }) => list(Resource).includes('*'))
      .flatMap(({ Action }) => Action)
      .filter((action) => !action.startsWith('xray:'));
    expect(Array.from(new Set(bare)).sort()).toEqual([
      'ec2:DescribeNetworkInterfaces',
      'ec2:DescribeSecurityGroups',
      'ec2:DescribeSubnets',
      'ec2:DescribeVpcs',
    ]);
  });

  it('let nobody put an interface but into the brokers’ subnets, under the group that is meant', () => {
    const making = statementsOf('stream', 'functions').filter(
      ({ Action }) => Action === 'ec2:CreateNetworkInterface',
    );
    expect(making.map(({ id }) => id.replace(/[0-9A-F]{8}$/, ''))).toEqual([
      'TopicRulesAccess',
      'IngestPollers',
    ]);
    for (const { Resource } of making) {
      const kinds = (Resource as { 'Fn::Join': [string, unknown[]] }[]).map((each) =>
        each['Fn::Join'][1].filter((part) => typeof part === 'string').at(-1),
      );
      expect(kinds).toEqual([
        ':network-interface/*',
        ':security-group/',
        ...Array.from({ length: 3 }, () => ':subnet/'),
      ]);
    }
  });

  it('come from our statements only', () => {
    for (const { Properties } of resourcesOf(stage(), 'AWS::IAM::Role')) {
      expect(Properties).not.toHaveProperty('ManagedPolicyArns');
      expect(Properties).not.toHaveProperty('Policies');
    }
    for (const { Action } of statementsOf('stream', 'functions', 'devices'))
      for (const action of list(Action)) expect(action).not.toContain('*');
  });
});

describe('alarms of a stage with MSK', () => {
  it('watch the topic in place of the stream', { timeout: SYNTH }, () => {
    const names = resourcesOf(stage(), 'AWS::CloudWatch::Alarm').map(({ Properties }) =>
      String(Properties['AlarmName']).replace('tributary-prod-', ''),
    );
    expect(names.slice(0, 4)).toEqual(['consumer-lag', 'failed-partitions', 'broker-load', 'failed-batches']);
    expect(names).not.toContain('iterator-age');
  });

  it('go off long before a batch is given up', () => {
    const lag = resourcesOf(stage(), 'AWS::CloudWatch::Alarm')[0]!.Properties;
    expect(lag).toMatchObject({ MetricName: 'EstimatedMaxTimeLag', Threshold: 1_800 });
    expect(lag['Dimensions']).toEqual([
      { Name: 'Cluster Name', Value: 'tributary-prod-readings' },
      { Name: 'Consumer Group', Value: 'tributary-prod-ingest' },
      { Name: 'Topic', Value: 'readings' },
    ]);
  });
});

it('two stages with MSK share no name', { timeout: SYNTH }, () => {
  const names = (name: 'dev' | 'prod') => {
    const synthesis = stageOf(name, 'msk');
    const cluster = resourcesOf(synthesis, 'AWS::MSK::Cluster')[0]!.Properties['ClusterName'] as string;
    const secret = resourcesOf(synthesis, 'AWS::SecretsManager::Secret')[0]!.Properties['Name'];
    const mapping = resourcesOf(synthesis, 'AWS::Lambda::EventSourceMapping').find(({ id }) =>
      id.startsWith('Ingest'),
    );
    const group = mapping!.Properties['AmazonManagedKafkaEventSourceConfig'].ConsumerGroupId as string;
    return [cluster, secret['Fn::Join'][1][0] as string, group];
  };
  expect(names('dev')).toEqual([
    'tributary-dev-readings',
    'AmazonMSK_tributary_dev_',
    'tributary-dev-ingest',
  ]);
  expect(names('prod').filter((name) => names('dev').includes(name))).toEqual([]);
});
