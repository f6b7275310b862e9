import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type {
  DlqDestinationConfig,
  IEventSourceDlq,
  IEventSourceMapping,
  IFunction,
} from 'aws-cdk-lib/aws-lambda';
import { acknowledgeWildcard } from './acknowledge.ts';
import { type LakeBucket, PREFIX } from './lake-bucket.ts';

/**
 * Where the event source leaves the batches that it gave up on, payloads included: below `aws/lambda/` in the lake's
 * bucket. (The CDK's own destination would let the function delete and overwrite anything there.)
 */
export class FailedBatches implements IEventSourceDlq {
  private readonly lake: LakeBucket;

  constructor(lake: LakeBucket) {
    this.lake = lake;
  }

  bind(_mapping: IEventSourceMapping, handler: IFunction): DlqDestinationConfig {
    const { bucket, key } = this.lake;
    const objects = bucket.arnForObjects(`${PREFIX.failedBatches}/*`);
    const statements = [
      new PolicyStatement({ actions: ['s3:PutObject'], resources: [objects] }),
      new PolicyStatement({ actions: ['s3:ListBucket'], resources: [bucket.bucketArn] }),
      new PolicyStatement({ actions: ['kms:GenerateDataKey'], resources: [key.keyArn] }),
    ];
    for (const statement of statements) handler.addToRolePolicy(statement);
    acknowledgeWildcard(
      handler.role!,
      objects,
      'Lambda names the objects itself, by mapping, shard and time.',
    );
    return { destination: bucket.bucketArn };
  }
}
