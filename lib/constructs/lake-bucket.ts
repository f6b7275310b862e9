import { Duration } from 'aws-cdk-lib';
import { Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { AnyPrincipal, Effect, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type IBucket,
  type LifecycleRule,
  ObjectOwnership,
} from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { ENVIRONMENT } from '../../src/environment.ts';
import type { Stage } from '../stage.ts';
import { stageName } from '../stage-names.ts';
import { acknowledgeWildcard } from './acknowledge.ts';

/** What lies where in the bucket. */
export const PREFIX = {
  /** the Delta tables, at their paths */
  lake: 'lake',
  /** messages that a rule could not hand to the stream */
  ruleErrors: 'rule-errors',
  /** batches that the event source gave up on: Lambda chooses this prefix */
  failedBatches: 'aws/lambda',
  /** what was left outside of the stream and has come back, at its old key below this */
  recovered: 'recovered',
  /** answers of Athena */
  queryResults: 'query-results',
} as const;

/** Prefixes of which we want to know when something is put there. */
const COUNTED = ['failedBatches', 'ruleErrors'] as const satisfies readonly (keyof typeof PREFIX)[];
type CountedPrefix = (typeof COUNTED)[number];

export type LakeBucketProps = { readonly stage: Stage };

/** The bucket that holds everything that must not be lost, and the key that encrypts it and the stream. */
export class LakeBucket extends Construct {
  readonly bucket: Bucket;
  readonly key: Key;

  constructor(scope: Construct, id: string, props: LakeBucketProps) {
    super(scope, id);
    const { stage } = props;
    this.key = new Key(this, 'Key', {
      alias: `alias/${stageName(stage)}`,
      description: `Tributary ${stage.name}: lake, stream and query results`,
      enableKeyRotation: true,
      removalPolicy: stage.removalPolicy,
    });
    const accessLogs = new Bucket(this, 'AccessLogs', {
      ...PRIVATE,
      // access logs can be delivered to S3's own encryption only
      encryption: BucketEncryption.S3_MANAGED,
      removalPolicy: stage.removalPolicy,
      lifecycleRules: [{ expiration: Duration.days(90) }],
    });
    this.bucket = new Bucket(this, 'Bucket', {
      ...PRIVATE,
      encryption: BucketEncryption.KMS,
      encryptionKey: this.key,
      bucketKeyEnabled: true,
      // (the class says `policy?: X | undefined`, its own interface `policy?: X`)
      serverAccessLogsBucket: accessLogs as IBucket,
      removalPolicy: stage.removalPolicy,
      versioned: stage.keepDeletedFor !== undefined,
      lifecycleRules: lifecycleRules(stage),
      // request metrics are charged for when there are any: that is, when something went wrong
      metrics: COUNTED.map((filter) => ({ id: filter, prefix: `${PREFIX[filter]}/` })),
    });
    if (stage.conditionalCommits) this.demandConditionalCommits();
    this.admitAlarms();
  }

  /** Where functions find the lake. */
  get url(): string {
    return `s3://${this.bucket.bucketName}/${PREFIX.lake}`;
  }

  /** Where a table lies, as Glue and Athena want it. */
  tableLocation(path: string): string {
    return `${this.url}/${path}/`;
  }

  /** Lets a function read and write the tables, and tells it where they are. */
  connect(client: LambdaFunction): void {
    client.addEnvironment(ENVIRONMENT.lakeUrl, this.url);
    const objects = this.bucket.arnForObjects(`${PREFIX.lake}/*`);
    const statements = [
      new PolicyStatement({ actions: ['s3:GetObject', 's3:PutObject'], resources: [objects] }),
      // on the whole bucket: with a condition on the prefix, a GET of what is not there answers 403 instead of 404
      new PolicyStatement({ actions: ['s3:ListBucket'], resources: [this.bucket.bucketArn] }),
      new PolicyStatement({ actions: ['kms:Decrypt', 'kms:GenerateDataKey'], resources: [this.key.keyArn] }),
    ];
    for (const statement of statements) client.addToRolePolicy(statement);
    acknowledgeWildcard(
      client.role!,
      objects,
      'The names of data and commit files are made when they are written.',
    );
  }

  /** Lets a function have Athena read the tables for it, which does so in the caller's name, and keep its answers. */
  connectQueries(client: LambdaFunction): void {
    const tables = this.bucket.arnForObjects(`${PREFIX.lake}/*`);
    const answers = this.bucket.arnForObjects(`${PREFIX.queryResults}/*`);
    const statements = [
      new PolicyStatement({ actions: ['s3:GetObject'], resources: [tables, answers] }),
      new PolicyStatement({
        actions: ['s3:AbortMultipartUpload', 's3:ListMultipartUploadParts', 's3:PutObject'],
        resources: [answers],
      }),
      new PolicyStatement({
        actions: ['s3:GetBucketLocation', 's3:ListBucket', 's3:ListBucketMultipartUploads'],
        resources: [this.bucket.bucketArn],
      }),
      new PolicyStatement({ actions: ['kms:Decrypt', 'kms:GenerateDataKey'], resources: [this.key.keyArn] }),
    ];
    for (const statement of statements) client.addToRolePolicy(statement);
    acknowledgeWildcard(
      client.role!,
      tables,
      'The names of data and commit files are made when they are written.',
    );
    acknowledgeWildcard(client.role!, answers, 'Athena names its answers by the number of the query.');
  }

  /** Lets a function, which reads and writes the tables, delete files of theirs too. */
  connectVacuum(client: LambdaFunction): void {
    const objects = this.bucket.arnForObjects(`${PREFIX.lake}/*`);
    client.addToRolePolicy(new PolicyStatement({ actions: ['s3:DeleteObject'], resources: [objects] }));
  }

  /** Lets a function take what was left outside of the stream, and keep it elsewhere once it is back. */
  connectRecovery(client: LambdaFunction): void {
    client.addEnvironment(ENVIRONMENT.givenUpUrl, `s3://${this.bucket.bucketName}`);
    const left = COUNTED.map((prefix) => this.bucket.arnForObjects(`${PREFIX[prefix]}/*`));
    const recovered = this.bucket.arnForObjects(`${PREFIX.recovered}/*`);
    const statements = [
      new PolicyStatement({ actions: ['s3:GetObject', 's3:DeleteObject'], resources: left }),
      new PolicyStatement({ actions: ['s3:PutObject'], resources: [recovered] }),
    ];
    for (const statement of statements) client.addToRolePolicy(statement);
    for (const objects of [...left, recovered])
      acknowledgeWildcard(
        client.role!,
        objects,
        'Lambda and the rules name the objects, when they leave them.',
      );
  }

  /** Bytes in the bucket; S3 reports them once a day. */
  metricSize(options?: MetricOptions): Metric {
    return new Metric({
      namespace: 'AWS/S3',
      metricName: 'BucketSizeBytes',
      dimensionsMap: { BucketName: this.bucket.bucketName, StorageType: 'StandardStorage' },
      statistic: 'Average',
      period: Duration.days(1),
      ...options,
    });
  }

  /** Batches that the event source gave up on. */
  metricFailedBatches(options?: MetricOptions): Metric {
    return this.metricPuts('failedBatches', options);
  }

  /** Messages that a rule could not put on the stream. */
  metricRuleErrors(options?: MetricOptions): Metric {
    return this.metricPuts('ruleErrors', options);
  }

  private metricPuts(filter: CountedPrefix, options?: MetricOptions): Metric {
    return new Metric({
      namespace: 'AWS/S3',
      metricName: 'PutRequests',
      dimensionsMap: { BucketName: this.bucket.bucketName, FilterId: filter },
      statistic: 'Sum',
      ...options,
    });
  }

  /** Lets alarms publish to a topic that the key encrypts; whose alarms, the topic's own policy says. */
  private admitAlarms(): void {
    this.key.addToResourcePolicy(
      new PolicyStatement({
        sid: 'AlarmsMayPublish',
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
        // in a key's policy * is the key itself
        resources: ['*'],
      }),
    );
  }

  private demandConditionalCommits(): void {
    this.bucket.addToResourcePolicy(
      new PolicyStatement({
        sid: 'CommitsOnlyWhereNothingIs',
        effect: Effect.DENY,
        principals: [new AnyPrincipal()],
        actions: ['s3:PutObject'],
        resources: [this.bucket.arnForObjects('*/_delta_log/*.json')],
        conditions: { Null: { 's3:if-none-match': 'true' }, Bool: { 's3:ObjectCreationOperation': 'true' } },
      }),
    );
  }
}

const PRIVATE = {
  blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
  objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
  enforceSSL: true,
  minimumTLSVersion: 1.2,
} as const;

/** Nothing here expires what could not be recovered otherwise: rule errors and failed batches stay. */
function lifecycleRules(stage: Stage): LifecycleRule[] {
  return [
    { id: 'unfinished-uploads', abortIncompleteMultipartUploadAfter: Duration.days(1) },
    { id: 'recovered', prefix: `${PREFIX.recovered}/`, expiration: Duration.days(90) },
    { id: 'query-results', prefix: `${PREFIX.queryResults}/`, expiration: Duration.days(7) },
    ...(stage.keepDeletedFor === undefined
      ? []
      : [
          {
            id: 'deleted',
            noncurrentVersionExpiration: stage.keepDeletedFor,
            expiredObjectDeleteMarker: true,
          },
        ]),
  ];
}
