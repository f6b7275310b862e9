import { Validations } from 'aws-cdk-lib';
import type { MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { type IRole, PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import type { CfnTopicRule } from 'aws-cdk-lib/aws-iot';
import { Stream, StreamEncryption, StreamMode } from 'aws-cdk-lib/aws-kinesis';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { KinesisEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Construct } from 'constructs';
import type { Stage } from '../stage.ts';
import { FailedBatches } from './failed-batches.ts';
import { BATCH_SIZE, type Feed, longestDelay, type Readings, type Watch } from './readings.ts';
import type { TributaryFunction } from './tributary-function.ts';

export type ReadingStreamProps = {
  readonly stage: Stage;
  readonly key: IKey;
  /** how many shards it has; undefined: on demand, as many as it needs */
  readonly shards: number | undefined;
};

/** A stream of Kinesis. */
export class ReadingStream extends Construct implements Readings {
  readonly stream: Stream;
  private readonly key: IKey;

  constructor(scope: Construct, id: string, props: ReadingStreamProps) {
    super(scope, id);
    this.key = props.key;
    this.stream = new Stream(this, 'Stream', {
      ...(props.shards === undefined
        ? { streamMode: StreamMode.ON_DEMAND }
        : { streamMode: StreamMode.PROVISIONED, shardCount: props.shards }),
      encryption: StreamEncryption.KMS,
      encryptionKey: props.key,
      retentionPeriod: props.stage.streamRetention,
      removalPolicy: props.stage.removalPolicy,
    });
    Validations.of(this.stream).acknowledge({
      id: 'AwsSolutions-KDS3',
      reason: 'A key of our own: its policy and its rotation are ours, and it ends with the stage.',
    });
  }

  admitRules(role: Role): CfnTopicRule.ActionProperty {
    role.addToPrincipalPolicy(
      new PolicyStatement({ actions: ['kinesis:PutRecord'], resources: [this.stream.streamArn] }),
    );
    role.addToPrincipalPolicy(
      new PolicyStatement({ actions: ['kms:GenerateDataKey'], resources: [this.key.keyArn] }),
    );
    return {
      kinesis: {
        streamName: this.stream.streamName,
        partitionKey: '${topic()}',
        roleArn: role.roleArn,
      },
    };
  }

  feed(client: TributaryFunction, { window, giveUpAfter, lake }: Feed): void {
    client.addEventSource(
      new KinesisEventSource(this.stream, {
        startingPosition: StartingPosition.TRIM_HORIZON,
        batchSize: BATCH_SIZE,
        maxBatchingWindow: window,
        // a table's progress is one position a shard: two batches of a shard at a time would overtake each other
        parallelizationFactor: 1,
        bisectBatchOnError: true,
        reportBatchItemFailures: true,
        // no limit on attempts: an outage ends, and what is given up waits for somebody to bring it back
        maxRecordAge: giveUpAfter,
        onFailure: new FailedBatches(lake),
      }),
    );
  }

  grantDescribe(role: IRole): void {
    role.addToPrincipalPolicy(
      new PolicyStatement({
        actions: ['kinesis:DescribeStreamSummary'],
        resources: [this.stream.streamArn],
      }),
    );
  }

  watches(options: MetricOptions, { stage }: { readonly stage: Stage }): Watch[] {
    return [
      {
        name: 'iterator-age',
        metric: this.metricIteratorAge(options),
        above: longestDelay(stage),
        periods: 3,
        means: 'Records wait in the stream for half an hour: ingest fails or cannot keep up',
      },
      {
        name: 'write-throttles',
        metric: this.metricWriteThrottles(options),
        above: 0,
        periods: 3,
        means:
          'The stream refuses messages: one shard takes more than its share, or the fleet has doubled at once',
      },
    ];
  }

  panels() {
    return [
      { title: 'Delay: age of the oldest record, ms', metrics: [this.metricIteratorAge()] },
      { title: 'Records in', metrics: [this.stream.metricIncomingRecords({ statistic: 'Sum' })] },
      { title: 'Refused by the stream', metrics: [this.metricWriteThrottles()] },
    ];
  }

  /** The age of the oldest record that no function has taken yet, milliseconds: the delay of the whole. */
  private metricIteratorAge(options?: MetricOptions) {
    return this.stream.metricGetRecordsIteratorAgeMilliseconds({ statistic: 'Maximum', ...options });
  }

  /** Puts that Kinesis refused because a shard was full. */
  private metricWriteThrottles(options?: MetricOptions) {
    return this.stream.metricWriteProvisionedThroughputExceeded({ statistic: 'Sum', ...options });
  }
}
