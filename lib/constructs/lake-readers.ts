import { Stack } from 'aws-cdk-lib';
import { AccountPrincipal, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { type LakeBucket, PREFIX } from './lake-bucket.ts';

/**
 * Lets other accounts read the tables. Whom of theirs, their own administrators say; nobody of theirs can write, or see what is
 * beside the tables but for its names.
 *
 * @param accounts their numbers
 */
export function admitReaders(lake: LakeBucket, accounts: readonly string[]): void {
  if (accounts.length === 0) return;
  const principals = accounts.map((account) => new AccountPrincipal(account));
  lake.bucket.addToResourcePolicy(
    new PolicyStatement({
      sid: 'ReadersReadTables',
      principals,
      actions: ['s3:GetObject'],
      resources: [lake.bucket.arnForObjects(`${PREFIX.lake}/*`)],
    }),
  );
  lake.bucket.addToResourcePolicy(
    new PolicyStatement({
      sid: 'ReadersListTheBucket',
      principals,
      // on the whole bucket: with a condition on the prefix, a GET of what is not there answers 403 instead of 404
      actions: ['s3:ListBucket', 's3:GetBucketLocation'],
      resources: [lake.bucket.bucketArn],
    }),
  );
  lake.key.addToResourcePolicy(
    new PolicyStatement({
      sid: 'ReadersDecrypt',
      principals,
      actions: ['kms:Decrypt'],
      // in a key's policy * is the key itself
      resources: ['*'],
      // the stream has the same key: by way of S3 only
      conditions: { StringEquals: { 'kms:ViaService': `s3.${Stack.of(lake).region}.amazonaws.com` } },
    }),
  );
}
