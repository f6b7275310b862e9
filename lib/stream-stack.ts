import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { LakeBucket } from './constructs/lake-bucket.ts';
import { ReadingStream } from './constructs/reading-stream.ts';
import { ReadingTopic } from './constructs/reading-topic.ts';
import type { Readings, StreamKind } from './constructs/readings.ts';
import type { FunctionBuild } from './constructs/tributary-function.ts';
import type { Stage } from './stage.ts';

export type StreamStackProps = StackProps & {
  readonly stage: Stage;
  readonly lake: LakeBucket;
  readonly build: FunctionBuild;
  readonly kind: StreamKind;
  /** of Kinesis; undefined: on demand */
  readonly shards: number | undefined;
};

/** Where the guarantee starts: what the stream took is in the lake in the end. */
export class StreamStack extends Stack {
  readonly readings: Readings;

  constructor(scope: Construct, id: string, props: StreamStackProps) {
    super(scope, id, props);
    const { stage, lake, build, kind, shards } = props;
    if (kind === 'msk') {
      const topic = new ReadingTopic(this, 'Topic', { stage, build, lake });
      new CfnOutput(this, 'ClusterArn', { value: topic.cluster.attrArn });
      this.readings = topic;
      return;
    }
    const stream = new ReadingStream(this, 'Readings', { stage, key: lake.key, shards });
    new CfnOutput(this, 'StreamName', { value: stream.stream.streamName });
    this.readings = stream;
  }
}
