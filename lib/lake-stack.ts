import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { GivenUpQueue } from './constructs/given-up-queue.ts';
import { LakeBucket } from './constructs/lake-bucket.ts';
import { admitReaders } from './constructs/lake-readers.ts';
import type { Stage } from './stage.ts';

export type LakeStackProps = StackProps & {
  readonly stage: Stage;
  /**
   * Other accounts that may read the tables, by their numbers.
   *
   * @default - none
   */
  readonly readers?: readonly string[];
};

/** Where everything is kept: the bucket and its key. */
export class LakeStack extends Stack {
  readonly lake: LakeBucket;
  readonly givenUp: GivenUpQueue;

  constructor(scope: Construct, id: string, props: LakeStackProps) {
    super(scope, id, props);
    this.lake = new LakeBucket(this, 'Lake', { stage: props.stage });
    admitReaders(this.lake, props.readers ?? []);
    this.givenUp = new GivenUpQueue(this, 'GivenUp', { lake: this.lake });
    new CfnOutput(this, 'LakeUrl', { value: this.lake.url, description: 'The lake: one folder a fleet' });
    new CfnOutput(this, 'BucketName', { value: this.lake.bucket.bucketName });
  }
}
