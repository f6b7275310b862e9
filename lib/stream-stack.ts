import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { LakeBucket } from './constructs/lake-bucket.ts';
import { ReadingStream } from './constructs/reading-stream.ts';
import type { Stage } from './stage.ts';

export type StreamStackProps = StackProps & {
  readonly stage: Stage;
  readonly lake: LakeBucket;
  /** undefined: on demand */
  readonly shards: number | undefined;
};

/** Where the guarantee starts: what the stream took is in the lake in the end. */
export class StreamStack extends Stack {
  readonly readings: ReadingStream;

  constructor(scope: Construct, id: string, props: StreamStackProps) {
    super(scope, id, props);
    this.readings = new ReadingStream(this, 'Readings', {
      stage: props.stage,
      key: props.lake.key,
      shards: props.shards,
    });
    new CfnOutput(this, 'StreamName', { value: this.readings.stream.streamName });
  }
}
