import { setTimeout as sleep } from 'node:timers/promises';
import type {
  GetObjectCommandInput,
  ListObjectsV2CommandInput,
  PutObjectCommandInput,
  S3Client,
} from '@aws-sdk/client-s3';
import { type ObjectInfo, type ObjectStore, prefixedStore } from './object-store.ts';
import { readS3Failure, s3Error } from './s3-errors.ts';
import { StoreError } from './store-error.ts';

/** How often a PUT is sent that S3 answers with a conflict of two conditional writes in flight. */
const CONFLICT_ATTEMPTS = 8;
const CONFLICT_PAUSE_MS = 20;

export type S3StoreOptions = {
  /** asked once, by the first call: the SDK need not be loaded before */
  readonly client: () => Promise<S3Client>;
  readonly bucket: string;
  /** where in the bucket the store lies: empty, or ends with `/` */
  readonly prefix: string;
};

/**
 * A part of an S3 bucket as a store. Creation is a conditional PUT (`If-None-Match: *`).
 *
 * @throws StoreError from every call, naming the object and what would mend it; `retriable` for what passes: 5xx, slow-down,
 *   timeouts, lost connections
 */
export function createS3Store({ client, bucket, prefix }: S3StoreOptions): ObjectStore {
  return prefixedStore(createBucketStore(bucket, openSession(client)), prefix);
}

type Session = () => Promise<{
  readonly client: S3Client;
  readonly sdk: typeof import('@aws-sdk/client-s3');
}>;

function openSession(connect: () => Promise<S3Client>): Session {
  let session: ReturnType<Session> | undefined;
  return () => {
    session ??= Promise.all([connect(), import('@aws-sdk/client-s3')]).then(([client, sdk]) => ({
      client,
      sdk,
    }));
    return session;
  };
}

function createBucketStore(bucket: string, open: Session): ObjectStore {
  async function attempt<T>(what: string, key: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw s3Error(what, `s3://${bucket}/${key}`, error);
    }
  }

  async function read(key: string, range: Pick<GetObjectCommandInput, 'Range'>): Promise<Uint8Array> {
    const { client, sdk } = await open();
    const { Body } = await client.send(new sdk.GetObjectCommand({ Bucket: bucket, Key: key, ...range }));
    return (await Body?.transformToByteArray()) ?? new Uint8Array();
  }

  async function write(
    key: string,
    bytes: Uint8Array,
    condition: Pick<PutObjectCommandInput, 'IfNoneMatch'>,
  ) {
    const { client, sdk } = await open();
    await client.send(new sdk.PutObjectCommand({ Bucket: bucket, Key: key, Body: bytes, ...condition }));
  }

  return {
    get: (key) =>
      attempt('read', key, async () => {
        try {
          return await read(key, {});
        } catch (error) {
          if (readS3Failure(error).name === 'NoSuchKey') return undefined;
          throw error;
        }
      }),
    getRange: (key, offset, length) =>
      attempt('read', key, async () => {
        // no range is empty in HTTP: one byte too many is asked for instead
        const last = offset + Math.max(length, 1) - 1;
        try {
          const bytes = await read(key, {
            Range: offset < 0 ? `bytes=${offset}` : `bytes=${offset}-${last}`,
          });
          return bytes.subarray(0, length);
        } catch (error) {
          // the object is there and ends before the range
          if (readS3Failure(error).name === 'InvalidRange') return new Uint8Array();
          throw error;
        }
      }),
    put: (key, bytes) => attempt('write', key, () => write(key, bytes, {})),
    putIfAbsent: (key, bytes) => attempt('create', key, () => create(key, bytes)),
    list: (prefix, options = {}) => list(prefix, options.startAfter),
    delete: (key) =>
      attempt('delete', key, async () => {
        const { client, sdk } = await open();
        await client.send(new sdk.DeleteObjectCommand({ Bucket: bucket, Key: key }));
      }),
  };

  async function create(key: string, bytes: Uint8Array): Promise<'created' | 'exists'> {
    for (let conflicts = 0; ; conflicts++) {
      try {
        await write(key, bytes, { IfNoneMatch: '*' });
        return 'created';
      } catch (error) {
        const { status, attempts } = readS3Failure(error);
        if (status === 412 && attempts === 1) return 'exists';
        if (status === 412) throw explainLostAnswer(`s3://${bucket}/${key}`, error);
        // two conditional writes met (ConditionalRequestConflict): ours did nothing, and is to be sent again as it is
        if (status !== 409 || conflicts + 1 >= CONFLICT_ATTEMPTS) throw error;
        await sleep(Math.random() * CONFLICT_PAUSE_MS * 2 ** conflicts);
      }
    }
  }

  async function* list(
    prefix: string,
    startAfter: string | undefined,
  ): AsyncGenerator<ObjectInfo, void, undefined> {
    const { client, sdk } = await attempt('list', prefix, open);
    let page: Pick<ListObjectsV2CommandInput, 'StartAfter' | 'ContinuationToken'> =
      startAfter === undefined || startAfter === '' ? {} : { StartAfter: startAfter };
    for (;;) {
      const input = { Bucket: bucket, Prefix: prefix, ...page };
      const answer = await attempt('list', prefix, () => client.send(new sdk.ListObjectsV2Command(input)));
      for (const { Key, Size, LastModified } of answer.Contents ?? []) {
        if (Key === undefined || Size === undefined || LastModified === undefined) continue;
        yield { key: Key, size: Size, modifiedAt: LastModified.getTime() };
      }
      if (answer.NextContinuationToken === undefined) return;
      page = { ContinuationToken: answer.NextContinuationToken };
    }
  }
}

/** The SDK sent the PUT again after an answer got lost: who won, the first PUT or a rival, S3 does not say. */
function explainLostAnswer(place: string, cause: unknown): StoreError {
  return new StoreError(
    `cannot tell who created ${place}: an answer got lost, and the object is there; read it`,
    {
      retriable: true,
      cause,
    },
  );
}
