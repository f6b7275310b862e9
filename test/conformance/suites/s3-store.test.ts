import { randomUUID } from 'node:crypto';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { expect, it } from 'vitest';
import { openStore } from '../../../src/stores/open-store.ts';
import { connectS3 } from '../../../src/stores/s3-client.ts';
import { createS3Store } from '../../../src/stores/s3-store.ts';
import { describeObjectStore } from '../../contracts/object-store.ts';

const admin = await connectS3();

async function makeBucket(): Promise<string> {
  const bucket = `bucket-${randomUUID()}`;
  const CreateBucketConfiguration = { LocationConstraint: 'eu-central-1' } as const;
  await admin.send(new CreateBucketCommand({ Bucket: bucket, CreateBucketConfiguration }));
  return bucket;
}

describeObjectStore('S3', async () => {
  const bucket = await makeBucket();
  const open = () => createS3Store({ client: connectS3, bucket, prefix: '' });
  return { store: open(), openAnother: open };
});

it('opens by address, and sees its own part of the bucket only', async () => {
  const bucket = await makeBucket();
  const lake = openStore(`s3://${bucket}/deep/lake/`);
  expect(await lake.putIfAbsent('t/0', Buffer.from('0'))).toBe('created');
  await openStore(`s3://${bucket}/deep/lakes`).put('t/0', Buffer.from('other'));
  const keys: string[] = [];
  for await (const { key } of lake.list('')) keys.push(key);
  expect(keys).toEqual(['t/0']);
  const whole = openStore(`s3://${bucket}`);
  expect(Buffer.from((await whole.get('deep/lake/t/0'))!).toString()).toBe('0');
});

it('names a bucket that is not there', async () => {
  const store = openStore(`s3://bucket-${randomUUID()}/lake`);
  await expect(store.get('t/0')).rejects.toThrow(/NoSuchBucket.*create the bucket/);
  await expect(store.putIfAbsent('t/0', Buffer.from('0'))).rejects.toThrow(/NoSuchBucket.*create the bucket/);
});
