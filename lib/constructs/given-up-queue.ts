import { Aws, Duration, Validations } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { CfnBucket } from 'aws-cdk-lib/aws-s3';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { type LakeBucket, PREFIX } from './lake-bucket.ts';

/** How long one attempt to bring an object back may take. */
export const RECOVERY_TIMEOUT = Duration.minutes(5);

export type GivenUpQueueProps = { readonly lake: LakeBucket };

/**
 * Hears of every object that the event source or a rule leaves in the bucket, until it has been brought back. It carries
 * names of objects and nothing of what is in them.
 */
export class GivenUpQueue extends Construct {
  readonly queue: Queue;

  constructor(scope: Construct, id: string, props: GivenUpQueueProps) {
    super(scope, id);
    const { bucket } = props.lake;
    this.queue = new Queue(this, 'Queue', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
      // six times an attempt, as AWS advises: a message comes again after the attempt is over for sure
      visibilityTimeout: Duration.minutes(6 * RECOVERY_TIMEOUT.toMinutes()),
    });
    Validations.of(this.queue).acknowledge({
      id: 'AwsSolutions-SQS3',
      reason:
        'What a message speaks of stays in the bucket until it is back; a daily sweep asks for what is left.',
    });
    this.queue.addToResourcePolicy(
      new PolicyStatement({
        sid: 'TheBucketMayTell',
        principals: [new ServicePrincipal('s3.amazonaws.com')],
        actions: ['sqs:SendMessage'],
        resources: [this.queue.queueArn],
        // not by the bucket's ARN: the bucket needs this policy to be there when it is made
        conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
      }),
    );
    // on the bucket itself: the CDK's own way is one more function, which may change the notifications of every bucket
    const resource = bucket.node.defaultChild as CfnBucket;
    resource.notificationConfiguration = {
      queueConfigurations: [PREFIX.failedBatches, PREFIX.ruleErrors].map((prefix) => ({
        event: 's3:ObjectCreated:*',
        queue: this.queue.queueArn,
        filter: { s3Key: { rules: [{ name: 'prefix', value: `${prefix}/` }] } },
      })),
    };
    resource.node.addDependency(this.queue.node.findChild('Policy'));
  }
}
