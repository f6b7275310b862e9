import { describe, expect, it } from 'vitest';
import {
  CARE,
  CHECKPOINT,
  INGEST,
  MSK,
  OPTIMIZE,
  REPLACED_DAYS,
  ROLLUP,
  WATCH,
} from '../../bin/cost/behaviour.ts';
import { STREAM_DAYS } from '../../bin/cost/workload.ts';
import { resourcesOf, stageOf, type Synthesis } from './support/synthesise.ts';

const WEEK_OF_VACUUM = 7;

/** What costs money of a function, by the beginning of its logical id. */
function functionOf(synthesis: Synthesis, name: string) {
  const found = resourcesOf(synthesis, 'AWS::Lambda::Function').find(
    ({ concern, id }) => concern === 'functions' && id.startsWith(name),
  );
  return found!.Properties;
}

describe('the cost model has of the stacks', () => {
  const prod = stageOf('prod');

  it.for([
    ['Ingest', INGEST.memoryMb],
    ['Rollup', ROLLUP.memoryMb],
    ['Optimize', OPTIMIZE.memoryMb],
    ['Checkpoint', CHECKPOINT.memoryMb],
    ['Vacuum', CARE.memoryMb],
  ] as const)('the memory of %s', ([name, memoryMb]) => {
    expect(functionOf(prod, name)['MemorySize']).toBe(memoryMb);
  });

  it('the disk of rollups, beyond what is free', () => {
    expect(functionOf(prod, 'Rollup')['EphemeralStorage'].Size / 1024 - 0.5).toBe(ROLLUP.diskGb);
  });

  it('what a batch takes', () => {
    const [source] = resourcesOf(prod, 'AWS::Lambda::EventSourceMapping').filter(
      ({ Properties }) => Properties['StartingPosition'] !== undefined,
    );
    expect(source!.Properties['BatchSize']).toBe(INGEST.batchSize);
    expect(source!.Properties['ParallelizationFactor']).toBe(1);
  });

  it('the cluster of MSK', () => {
    const msk = stageOf('prod', 'msk');
    const [cluster] = resourcesOf(msk, 'AWS::MSK::Cluster');
    expect(cluster!.Properties['NumberOfBrokerNodes']).toBe(MSK.brokers);
    // whose price is in the list
    expect(cluster!.Properties['BrokerNodeGroupInfo'].InstanceType).toBe('express.m7g.large');
    const [topic] = resourcesOf(msk, 'AWS::MSK::Topic');
    expect(topic!.Properties['PartitionCount']).toBe(MSK.partitions);
    const [source] = resourcesOf(msk, 'AWS::Lambda::EventSourceMapping').filter(
      ({ Properties }) => Properties['ProvisionedPollerConfig'] !== undefined,
    );
    expect(source!.Properties['ProvisionedPollerConfig'].MinimumPollers).toBe(MSK.pollers);
    expect(resourcesOf(msk, 'AWS::SecretsManager::Secret')).toHaveLength(1);
    // no way into the network costs anything
    const endpoints = resourcesOf(msk, 'AWS::EC2::VPCEndpoint');
    expect(endpoints.map(({ Properties }) => Properties['VpcEndpointType'])).toEqual(['Gateway']);
  });

  it('how long the streams of its stages keep', () => {
    for (const stage of ['dev', 'prod'] as const) {
      const [stream] = resourcesOf(stageOf(stage), 'AWS::Kinesis::Stream');
      expect(stream!.Properties['RetentionPeriodHours']).toBe(STREAM_DAYS[stage] * 24);
    }
  });

  it.for([
    ['often', CHECKPOINT],
    ['hourly', OPTIMIZE],
    ['daily', CARE],
  ] as const)(
    'what is due %s, and how many turns of the schedule that is',
    ([due, { everyMinutes, turns }]) => {
      const schedules = resourcesOf(prod, 'AWS::Scheduler::Schedule')
        .map(({ Properties }) => Properties)
        // of two fleets in the fixture one counts, and its rollups are not upkeep
        .filter(({ Name }) => !Name.includes('presses') && (due !== 'often' || Name.includes('lake')))
        .filter(({ Name }) => Name.endsWith(`-${due}`));
      expect(schedules).toHaveLength(turns);
      const rate = { 5: 'rate(5 minutes)', 60: 'rate(1 hour)', 1440: 'rate(1 day)' }[everyMinutes];
      expect(new Set(schedules.map(({ ScheduleExpression }) => ScheduleExpression))).toEqual(new Set([rate]));
    },
  );

  it('how long prod keeps what was replaced', () => {
    const rules = resourcesOf(prod, 'AWS::S3::Bucket').flatMap(
      ({ Properties }) => Properties['LifecycleConfiguration']?.Rules ?? [],
    );
    const [kept] = rules.filter(({ NoncurrentVersionExpiration: expiration }) => expiration !== undefined);
    expect(kept.NoncurrentVersionExpiration.NoncurrentDays + WEEK_OF_VACUUM).toBe(REPLACED_DAYS);
  });

  it('as many dashboards of CloudWatch', () => {
    expect(resourcesOf(prod, 'AWS::CloudWatch::Dashboard')).toHaveLength(WATCH.dashboards);
  });

  it('no fewer alarms than there are for one fleet', () => {
    const watched = resourcesOf(prod, 'AWS::CloudWatch::Alarm').flatMap(({ Properties }) =>
      // of two fleets in the fixture one counts
      JSON.stringify(Properties).includes('presses')
        ? []
        : (Properties['Metrics']?.filter((each: { MetricStat?: unknown }) => each.MetricStat) ?? [
            Properties,
          ]),
    );
    expect(watched.length).toBeGreaterThan(5);
    expect(watched.length).toBeLessThanOrEqual(WATCH.alarmMetrics);
  });
});
