import { Validations } from 'aws-cdk-lib';
import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { type IRole, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Stream, StreamEncryption, StreamMode } from 'aws-cdk-lib/aws-kinesis';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import type { Stage } from '../stage.ts';

export type ReadingStreamProps = {
  readonly stage: Stage;
  readonly key: IKey;
  /** how many shards it has; undefined: on demand, as many as it needs */
  readonly shards: number | undefined;
};

/** The one stream that carries the messages of all fleets. */
export class ReadingStream extends Construct {
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

  /** Lets a rule put records. */
  grantPut(role: IRole): void {
    role.addToPrincipalPolicy(
      new PolicyStatement({ actions: ['kinesis:PutRecord'], resources: [this.stream.streamArn] }),
    );
    role.addToPrincipalPolicy(
      new PolicyStatement({ actions: ['kms:GenerateDataKey'], resources: [this.key.keyArn] }),
    );
  }

  /** Lets a function ask which stream it is, beyond its name. */
  grantDescribe(role: IRole): void {
    role.addToPrincipalPolicy(
      new PolicyStatement({
        actions: ['kinesis:DescribeStreamSummary'],
        resources: [this.stream.streamArn],
      }),
    );
  }

  /** The age of the oldest record that no function has taken yet, milliseconds: the delay of the whole. */
  metricIteratorAge(options?: MetricOptions): Metric {
    return this.stream.metricGetRecordsIteratorAgeMilliseconds({ statistic: 'Maximum', ...options });
  }

  /** Records that the rules put: one a message. */
  metricRecords(options?: MetricOptions): Metric {
    return this.stream.metricIncomingRecords({ statistic: 'Sum', ...options });
  }

  /** Puts that Kinesis refused because a shard was full. */
  metricWriteThrottles(options?: MetricOptions): Metric {
    return this.stream.metricWriteProvisionedThroughputExceeded({ statistic: 'Sum', ...options });
  }
}
