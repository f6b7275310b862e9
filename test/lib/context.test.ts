import { App } from 'aws-cdk-lib';
import { describe, expect, it } from 'vitest';
import { describeLeftOut, readSettings } from '../../lib/context.ts';
import { UsageError } from '../../src/errors.ts';
import { cdkContext } from './support/synthesise.ts';

const read = (context: Record<string, unknown>) => readSettings(new App({ context }).node);

describe('the context', () => {
  it('of cdk.json means the shipped fleets in dev', () => {
    expect(read(cdkContext())).toMatchObject({ stage: { name: 'dev' }, fleets: undefined });
  });

  it('names another stage and other fleets', () => {
    expect(read({ stage: 'prod', fleets: 'my/fleets.ts' })).toMatchObject({
      stage: { name: 'prod' },
      fleets: 'my/fleets.ts',
    });
  });

  it('says in a line that there are no dashboards in QuickSight where nobody is there to own them', () => {
    expect(describeLeftOut(read({ stage: 'dev' }))).toEqual([
      'no dashboards in QuickSight: -c quicksightPrincipal= says who is to own them (docs/dashboards.md)',
    ]);
    const quicksightPrincipal = 'arn:aws:quicksight:eu-central-1:123456789012:user/default/ann';
    expect(describeLeftOut(read({ stage: 'dev', quicksightPrincipal }))).toEqual([]);
  });

  it('names a user or group of QuickSight, in any namespace and partition', () => {
    for (const quicksightPrincipal of [
      'arn:aws:quicksight:eu-central-1:123456789012:user/default/ann@example.com',
      'arn:aws-us-gov:quicksight:us-gov-west-1:123456789012:group/plants/operators',
      'arn:aws:quicksight:us-east-1:123456789012:user/default/AWSReservedSSO_Admin/ann',
    ])
      expect(read({ stage: 'dev', quicksightPrincipal })).toMatchObject({ quicksightPrincipal });
  });

  it('says what carries the messages: Kinesis unless told otherwise', () => {
    expect(read({ stage: 'dev' })).toMatchObject({ streamKind: 'kinesis', shards: undefined });
    expect(read({ stage: 'dev', streamMode: 'provisioned', shards: '4' })).toMatchObject({ shards: 4 });
    expect(read({ stage: 'dev', stream: 'msk' })).toMatchObject({ streamKind: 'msk', shards: undefined });
  });

  it('names accounts that may read, none by default', () => {
    expect(read({ stage: 'dev' }).readers).toEqual([]);
    const readers = ['012345678901', '444455556666'];
    expect(read({ stage: 'dev', readers: readers.join() }).readers).toEqual(readers);
  });

  it.each([
    [
      { stage: 'staging' },
      'context "stage" is "staging", which is no stage; pass -c stage= with one of dev, prod',
    ],
    [{}, 'context "stage" is missing; pass -c stage= with one of dev, prod'],
    [
      { stage: 'dev', fleets: '' },
      'context "fleets" is ""; pass -c fleets= with a module or folder of fleet definitions',
    ],
    [
      { stage: 'dev', stag: 'prod' },
      'context "stag" is not known; there are stage, fleets, architecture, stream, streamMode, shards, iotLogging, alarmEmail, readers, quicksightPrincipal, grafana',
    ],
    [
      { stage: 'dev', architecture: 'arm' },
      'context "architecture" is "arm"; pass -c architecture= with one of arm64, x86_64, or leave it out',
    ],
    [
      { stage: 'dev', streamMode: 'provisioned' },
      'context "shards" is missing; a provisioned stream wants -c shards= with a whole number from 1 to 500',
    ],
    [
      { stage: 'dev', shards: '4' },
      'context "shards" is "4", and the stream is on demand; pass -c streamMode=provisioned too, or leave it out',
    ],
    [
      { stage: 'dev', stream: 'kafka' },
      'context "stream" is "kafka"; pass -c stream= with one of kinesis, msk, or leave it out',
    ],
    [
      { stage: 'dev', stream: 'msk', shards: '4' },
      'context "shards" is "4", and it is for a stream of Kinesis; leave it out, or pass -c stream=kinesis',
    ],
    [
      { stage: 'dev', stream: 'msk', streamMode: 'on-demand' },
      'context "streamMode" is "on-demand", and it is for a stream of Kinesis; leave it out, or pass -c stream=kinesis',
    ],
    [
      { stage: 'dev', alarmEmail: 'ops' },
      'context "alarmEmail" is "ops"; pass -c alarmEmail= with one address, a@b.c',
    ],
    [
      { stage: 'dev', readers: '111122223333,analytics' },
      'context "readers" is "111122223333,analytics"; pass -c readers= with the numbers of accounts, 111122223333,444455556666',
    ],
    [
      // what cdk.json may say without quotes
      { stage: 'dev', readers: 12345678901 },
      'context "readers" is 12345678901; pass -c readers= with the numbers of accounts, 111122223333,444455556666',
    ],
    [
      { stage: 'dev', quicksightPrincipal: 'arn:aws:iam::123456789012:user/ann' },
      'context "quicksightPrincipal" is "arn:aws:iam::123456789012:user/ann"; pass the ARN of a QuickSight user or group, as in arn:aws:quicksight:us-east-1:123456789012:user/default/NAME',
    ],
    [
      { stage: 'dev', grafana: 'yes' },
      'context "grafana" is "yes"; pass -c grafana= with one of off, on, or leave it out',
    ],
  ])('%j stops synthesis with one line', (context, message) => {
    expect(() => read(context)).toThrow(new UsageError(message));
  });
});
