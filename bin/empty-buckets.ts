import {
  DeleteObjectsCommand,
  ListBucketsCommand,
  ListObjectVersionsCommand,
  PutBucketLoggingCommand,
} from '@aws-sdk/client-s3';
import { type StageName, stageName } from '../lib/stage-names.ts';
import { TributaryError } from '../src/errors.ts';
import { connectS3 } from '../src/stores/s3-client.ts';

/** The buckets of a stage's lake, which is first: CloudFormation begins their names with that of its stack. */
export async function findBuckets(stage: StageName): Promise<readonly string[]> {
  const client = await connectS3();
  const prefix = `${stageName({ name: stage }, 'lake')}-`;
  const { Buckets = [] } = await client.send(new ListBucketsCommand({}));
  return Buckets.flatMap(({ Name }) => (Name?.startsWith(prefix) ? [Name] : [])).sort(
    (a, b) =>
      // access logs keep coming while the other one is emptied
      Number(a.includes('accesslogs')) - Number(b.includes('accesslogs')),
  );
}

/** Deletes every version of every object, and says how many there were. The bucket logs no more from now on. */
export async function emptyBucket(bucket: string): Promise<number> {
  const client = await connectS3();
  await client.send(new PutBucketLoggingCommand({ Bucket: bucket, BucketLoggingStatus: {} }));
  let deleted = 0;
  for (;;) {
    // what was listed is gone then: the first page again
    const page = await client.send(new ListObjectVersionsCommand({ Bucket: bucket }));
    const versions = [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])];
    const Objects = versions.flatMap(({ Key, VersionId }) =>
      Key === undefined ? [] : [{ Key, ...(VersionId === undefined ? {} : { VersionId }) }],
    );
    if (Objects.length === 0) return deleted;
    const { Errors = [] } = await client.send(
      new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects, Quiet: true } }),
    );
    if (Errors.length > 0) {
      const [{ Key, Message }] = Errors as [(typeof Errors)[number]];
      throw new TributaryError(`${Errors.length} objects of ${bucket} stay, ${Key} among them: ${Message}`);
    }
    deleted += Objects.length;
  }
}
