import { describe, expect, it } from 'vitest';
import { batchingWindow } from '../../lib/constructs/ingest-function.ts';
import { presses, wells } from './support/fleets.ts';
import { resourcesOf, stageOf } from './support/synthesise.ts';

const SYNTH = 120_000;

describe('functions', () => {
  it('run Node 24 on arm64, traced, each with a log that ends', { timeout: SYNTH }, () => {
    const functions = resourcesOf(stageOf('prod'), 'AWS::Lambda::Function');
    expect(functions.map(({ id }) => id.replace(/[0-9A-F]{8}$/, ''))).toEqual([
      ...[
        'Prepare',
        'Ingest',
        'Rollup',
        'TestData',
        'Checkpoint',
        'Optimize',
        'Vacuum',
        'Recover',
        'Replay',
        'Admit',
      ],
    ]);
    for (const { concern, Properties } of functions) {
      expect(Properties).toMatchObject({
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        TracingConfig: { Mode: 'Active' },
        LoggingConfig: { LogFormat: 'JSON' },
      });
      const log = Properties['LoggingConfig'].LogGroup.Ref;
      expect(stageOf('prod').templates[concern].Resources[log]!.Properties['RetentionInDays']).toBe(90);
    }
  });

  it('are told where the lake is, in the words that they read', () => {
    for (const { concern, id, Properties } of resourcesOf(stageOf('prod'), 'AWS::Lambda::Function')) {
      // what says which devices come to be has nothing to do with the lake, and data tests leave it to Athena
      if (concern === 'devices' || id.startsWith('TestData')) continue;
      const [, parts] = Properties['Environment'].Variables.LAKE_URL['Fn::Join'];
      expect([parts[0], parts[2]]).toEqual(['s3://', '/lake']);
    }
  });

  it('cannot delete anything, but for vacuum in the lake, and recover where things were left', () => {
    const statements = resourcesOf(stageOf('prod'), 'AWS::IAM::Policy')
      .filter(({ concern }) => concern === 'functions' || concern === 'tables')
      .flatMap(({ id, Properties }) =>
        (Properties['PolicyDocument'].Statement as { Action: string | string[]; Resource: unknown }[]).map(
          (statement) => ({ id, ...statement }),
        ),
      );
    const actions = statements.flatMap(({ Action }) => Action).filter((action) => action.startsWith('s3:'));
    expect(new Set(actions)).toEqual(
      new Set([
        ...['s3:GetObject', 's3:ListBucket', 's3:PutObject', 's3:DeleteObject'],
        // Athena's answers
        's3:AbortMultipartUpload',
        ...['s3:GetBucketLocation', 's3:ListBucketMultipartUploads', 's3:ListMultipartUploadParts'],
      ]),
    );
    const deleting = statements.filter(({ Action }) => [Action].flat().includes('s3:DeleteObject'));
    expect(
      deleting.map(({ id, Resource }) => [
        id.replace(/Role.*/, ''),
        ([Resource].flat() as { 'Fn::Join': [string, unknown[]] }[]).map((each) =>
          each['Fn::Join'][1].at(-1),
        ),
      ]),
    ).toEqual([
      ['Vacuum', ['/lake/*']],
      ['Recover', ['/aws/lambda/*', '/rule-errors/*']],
    ]);
  });
});

describe('data tests', () => {
  it('ask Athena, in the workgroup of their stage and of its database only', { timeout: SYNTH }, () => {
    const { functions } = stageOf('prod').templates;
    const ofTests = Object.entries(functions.Resources).filter(([id]) => id.startsWith('TestData'));
    const [, lambda] = ofTests.find(([, { Type }]) => Type === 'AWS::Lambda::Function')!;
    expect(lambda.Properties['Environment'].Variables).toMatchObject({
      ATHENA_WORKGROUP: 'tributary-prod',
      ATHENA_DATABASE: 'tributary_prod',
    });
    const [, policy] = ofTests.find(([, { Type }]) => Type === 'AWS::IAM::Policy')!;
    type Statement = { Action: string | string[]; Resource: unknown };
    const allowed = (policy.Properties['PolicyDocument'].Statement as Statement[]).flatMap(
      ({ Action, Resource }) =>
        [Action].flat().flatMap((action) => [Resource].flat().map((each) => [action, lastPart(each)])),
    );
    const resourcesFor = (service: string) =>
      new Set(allowed.filter(([action]) => action!.startsWith(service)).map(([, resource]) => resource));
    expect(resourcesFor('athena:')).toEqual(new Set([':workgroup/tributary-prod']));
    expect(resourcesFor('glue:')).toEqual(
      new Set([':catalog', ':database/tributary_prod', ':table/tributary_prod/*', ':database/default']),
    );
    expect(allowed.filter(([, resource]) => resource === ':database/default')).toEqual([
      ['glue:GetDatabase', ':database/default'],
    ]);
    expect(allowed.filter(([action]) => action === 's3:PutObject')).toEqual([
      ['s3:PutObject', '/query-results/*'],
    ]);
  });
});

/** What an ARN ends with. */
function lastPart(resource: unknown): string | undefined {
  const join = (resource as { 'Fn::Join'?: [string, unknown[]] })['Fn::Join'];
  return join?.[1].at(-1) as string | undefined;
}

describe('recovery', () => {
  it(
    'hears of every object below the prefixes of what is left outside of the stream',
    { timeout: SYNTH },
    () => {
      const { lake } = stageOf('prod').templates;
      const { QueueConfigurations } =
        lake.Resources['LakeBucketB1D32E10']!.Properties['NotificationConfiguration'];
      expect(
        QueueConfigurations.map((each: { Event: string; Filter: { S3Key: { Rules: unknown } } }) => [
          each.Event,
          each.Filter.S3Key.Rules,
        ]),
      ).toEqual([
        ['s3:ObjectCreated:*', [{ Name: 'prefix', Value: 'aws/lambda/' }]],
        ['s3:ObjectCreated:*', [{ Name: 'prefix', Value: 'rule-errors/' }]],
      ]);
      const [mapping] = resourcesOf(stageOf('prod'), 'AWS::Lambda::EventSourceMapping').filter(
        ({ Properties }) => JSON.stringify(Properties['EventSourceArn']).includes('GivenUpQueue'),
      );
      expect(mapping!.Properties).toMatchObject({
        BatchSize: 1,
        FunctionResponseTypes: ['ReportBatchItemFailures'],
      });
    },
  );

  it('has done with an attempt before its message comes again', () => {
    const [queue] = resourcesOf(stageOf('prod'), 'AWS::SQS::Queue');
    const recover = resourcesOf(stageOf('prod'), 'AWS::Lambda::Function').find(({ id }) =>
      id.startsWith('Recover'),
    );
    expect(queue!.Properties['VisibilityTimeout']).toBeGreaterThanOrEqual(6 * recover!.Properties['Timeout']);
  });
});

describe('the tables', () => {
  it('are there before anything writes, lists or shows them', { timeout: SYNTH }, () => {
    const { cloud } = stageOf('prod');
    for (const user of [cloud.functions, cloud.catalog]) expect(user.dependencies).toContain(cloud.tables);
    const resource = resourcesOf(stageOf('prod'), 'Custom::TributaryTables')[0]!.Properties;
    expect(resource).toMatchObject({
      ServiceTimeout: '900',
      definition: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });
});

describe('ingest’s event source', () => {
  const mapping = () =>
    resourcesOf(stageOf('prod'), 'AWS::Lambda::EventSourceMapping').find(({ id }) => id.startsWith('Ingest'))!
      .Properties;

  it('hands over one batch a shard at a time: progress is one position a shard', { timeout: SYNTH }, () => {
    expect(mapping()['ParallelizationFactor']).toBe(1);
    expect(mapping()).not.toHaveProperty('TumblingWindowInSeconds');
  });

  it('starts with the oldest record, so that nothing taken before the deployment is left out', () => {
    expect(mapping()).toMatchObject({ StartingPosition: 'TRIM_HORIZON', BatchSize: 10_000 });
  });

  it('splits a failing batch and keeps what it gives up on, bytes and all, in the bucket', () => {
    expect(mapping()).toMatchObject({
      BisectBatchOnFunctionError: true,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      MaximumRecordAgeInSeconds: 4 * 86_400,
      DestinationConfig: {
        OnFailure: { Destination: { 'Fn::ImportValue': expect.stringContaining('LakeBucket') } },
      },
    });
    expect(mapping()).not.toHaveProperty('MaximumRetryAttempts');
  });

  it('waits no longer than the most impatient fleet allows', () => {
    expect(mapping()['MaximumBatchingWindowInSeconds']).toBe(5);
    expect(batchingWindow([wells]).toSeconds()).toBe(20);
    expect(batchingWindow([wells, presses]).toSeconds()).toBe(5);
  });

  it('waits whole seconds within Lambda’s bounds', () => {
    expect(batchingWindow([{ ...wells, batchWindow: 10 }]).toSeconds()).toBe(1);
    expect(batchingWindow([{ ...wells, batchWindow: 2_900 }]).toSeconds()).toBe(2);
    expect(batchingWindow([{ ...wells, batchWindow: 3_600_000 }]).toSeconds()).toBe(300);
  });
});
