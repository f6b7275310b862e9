import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { STREAM_KINDS } from '../../lib/constructs/readings.ts';
import { resourcesOf, stageOf } from './support/synthesise.ts';

const SYNTH = 120_000;

const alarms = () =>
  resourcesOf(stageOf('prod'), 'AWS::CloudWatch::Alarm').map(({ Properties }) => Properties);

describe('alarms', () => {
  it(
    'are there for each rule, each fleet’s schedule and everything that loses or delays',
    { timeout: SYNTH },
    () => {
      expect(alarms().map(({ AlarmName }) => String(AlarmName).replace('tributary-prod-', ''))).toEqual([
        'iterator-age',
        'write-throttles',
        'failed-batches',
        'rule-errors',
        'rule-troubles-tributary_prod_wells_any_level',
        'rule-troubles-tributary_prod_plant_any_press_force',
        'ingest-errors',
        'ingest-throttles',
        'refused-tables',
        'recovery',
        'schedule-wells',
        'schedule-presses',
        'schedule-lake-upkeep',
        'schedule-rollup-pieces',
      ]);
    },
  );

  it('have a section each in the runbook, and the runbook none that no alarm has', { timeout: SYNTH }, () => {
    const runbook = readFileSync(new URL('../../docs/runbook.md', import.meta.url), 'utf8');
    const sections = Array.from(runbook.matchAll(/^## (\S+)$/gm), ([, name]) => name!);
    const everyAlarm = STREAM_KINDS.flatMap((kind) =>
      resourcesOf(stageOf('prod', kind), 'AWS::CloudWatch::Alarm'),
    );
    const named = everyAlarm.map(
      ({ Properties }) => /docs\/runbook\.md, "([^"]+)"/.exec(Properties['AlarmDescription'] as string)![1]!,
    );
    expect(Array.from(new Set(named)).sort()).toEqual([...sections].sort());
  });

  it('tell somebody when they go off and when they are over', () => {
    for (const { AlarmActions, OKActions } of alarms()) {
      expect(AlarmActions).toHaveLength(1);
      expect(OKActions).toEqual(AlarmActions);
    }
  });

  it('ask for ten metrics at most: CloudWatch takes no more', () => {
    for (const { Metrics = [] } of alarms()) expect(Metrics.length).toBeLessThanOrEqual(10);
  });

  it('count what was put below the prefixes that the lake counts', () => {
    const { MetricsConfigurations } =
      stageOf('prod').templates.lake.Resources['LakeBucketB1D32E10']!.Properties;
    expect(MetricsConfigurations).toEqual([
      { Id: 'failedBatches', Prefix: 'aws/lambda/' },
      { Id: 'ruleErrors', Prefix: 'rule-errors/' },
    ]);
    const filters = alarms()
      .filter(({ Namespace }) => Namespace === 'AWS/S3')
      .map(
        ({ Dimensions }) =>
          (Dimensions as { Name: string; Value: string }[]).find(({ Name }) => Name === 'FilterId')!.Value,
      );
    expect(filters).toEqual(['failedBatches', 'ruleErrors']);
  });

  it('may publish to their encrypted topic, those of this account only', () => {
    const [policy] = resourcesOf(stageOf('prod'), 'AWS::SNS::TopicPolicy');
    expect(policy!.Properties['PolicyDocument'].Statement).toContainEqual(
      expect.objectContaining({
        Effect: 'Allow',
        Principal: { Service: 'cloudwatch.amazonaws.com' },
        Action: 'sns:Publish',
        Condition: {
          ArnLike: { 'aws:SourceArn': { 'Fn::Join': ['', expect.arrayContaining([':alarm:*'])] } },
        },
      }),
    );
    const [key] = resourcesOf(stageOf('prod'), 'AWS::KMS::Key');
    expect(key!.Properties['KeyPolicy'].Statement).toContainEqual(
      expect.objectContaining({
        Principal: { Service: 'cloudwatch.amazonaws.com' },
        Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
      }),
    );
  });

  it('are not there in dev', { timeout: SYNTH }, () => {
    expect(resourcesOf(stageOf('dev'), 'AWS::CloudWatch::Alarm')).toEqual([]);
  });
});

describe('the page in CloudWatch', { timeout: SYNTH }, () => {
  it.each(STREAM_KINDS)('has a section for each stack that does something, with %s', (kind) => {
    const [page] = resourcesOf(stageOf('prod', kind), 'AWS::CloudWatch::Dashboard');
    const text = JSON.stringify(page!.Properties['DashboardBody']);
    const titles = Array.from(text.matchAll(/## ([A-Z][a-z ]+)/g), ([, title]) => title);
    expect(titles).toEqual(['Devices', 'Stream', 'Functions', 'Schedule', 'Lake and queries']);
    for (const { Properties } of resourcesOf(stageOf('prod', kind), 'AWS::IoT::TopicRule'))
      expect(text).toContain(Properties['RuleName']);
  });
});
