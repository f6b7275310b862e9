import type { S3Client } from '@aws-sdk/client-s3';

/** Without a limit the SDK waits for ever for an answer that got lost. */
const CONNECTION_TIMEOUT_MS = 3_000;
const REQUEST_TIMEOUT_MS = 30_000;

/** A client of the account and region that the environment names. The SDK is loaded here and not before. */
export async function connectS3(): Promise<S3Client> {
  const { S3Client } = await import('@aws-sdk/client-s3');
  return new S3Client({
    // what stands in for S3 at an endpoint of its own knows buckets by path, not by host name
    forcePathStyle: 'AWS_ENDPOINT_URL_S3' in process.env || 'AWS_ENDPOINT_URL' in process.env,
    requestHandler: {
      connectionTimeout: CONNECTION_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      throwOnRequestTimeout: true,
    },
  });
}
