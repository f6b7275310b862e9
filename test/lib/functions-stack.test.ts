import { describe, expect, it } from 'vitest';
import { batchingWindow } from '../../lib/constructs/ingest-function.ts';
import { presses, wells } from './support/fleets.ts';
import { resourcesOf, stageOf } from './support/synthesise.ts';

const SYNTH = 120_000;

describe('functions', () => {
  it('run Node 24 on arm64, traced, each with a log that ends', { timeout: SYNTH }, () => {
    const functions = resourcesOf(stageOf('prod'), 'AWS::Lambda::Function');
    expect(functions).toHaveLength(4);
    for (const { Properties } of functions) {
      expect(Properties).toMatchObject({
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        TracingConfig: { Mode: 'Active' },
        LoggingConfig: { LogFormat: 'JSON' },
      });
      const log = Properties['LoggingConfig'].LogGroup.Ref;
      expect(stageOf('prod').templates.functions.Resources[log]!.Properties['RetentionInDays']).toBe(90);
    }
  });

  it('are told where the lake is, in the words that they read', () => {
    for (const { Properties } of resourcesOf(stageOf('prod'), 'AWS::Lambda::Function')) {
      const [, parts] = Properties['Environment'].Variables.LAKE_URL['Fn::Join'];
      expect([parts[0], parts[2]]).toEqual(['s3://', '/lake']);
    }
  });

  it('cannot delete anything of the lake', () => {
    const actions = resourcesOf(stageOf('prod'), 'AWS::IAM::Policy')
      .filter(({ concern }) => concern === 'functions')
      .flatMap(({ Properties }) => Properties['PolicyDocument'].Statement as { Action: string | string[] }[])
      .flatMap(({ Action }) => Action);
    const onObjects = new Set(actions.filter((action) => action.startsWith('s3:')));
    expect(onObjects).toEqual(new Set(['s3:GetObject', 's3:ListBucket', 's3:PutObject']));
  });
});

describe('ingest’s event source', () => {
  const mapping = () => resourcesOf(stageOf('prod'), 'AWS::Lambda::EventSourceMapping')[0]!.Properties;

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
