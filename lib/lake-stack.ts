import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { GivenUpQueue } from './constructs/given-up-queue.ts';
import { LakeBucket } from './constructs/lake-bucket.ts';
import type { Stage } from './stage.ts';

export type LakeStackProps = StackProps & { readonly stage: Stage };

/** Where everything is kept: the bucket and its key. */
export class LakeStack extends Stack {
  readonly lake: LakeBucket;
  readonly givenUp: GivenUpQueue;

  constructor(scope: Construct, id: string, props: LakeStackProps) {
    super(scope, id, props);
    this.lake = new LakeBucket(this, 'Lake', { stage: props.stage });
    this.givenUp = new GivenUpQueue(this, 'GivenUp', { lake: this.lake });
    new CfnOutput(this, 'LakeUrl', { value: this.lake.url, description: 'The lake: one folder a fleet' });
    new CfnOutput(this, 'BucketName', { value: this.lake.bucket.bucketName });
  }
}
