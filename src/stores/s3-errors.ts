import { StoreError } from './store-error.ts';

/** What S3, the SDK or the network said, as far as it was said. */
export type S3Failure = {
  readonly name: string;
  /** HTTP status; undefined where no answer came */
  readonly status: number | undefined;
  /** how often the SDK sent the request: an answer to a second one may be about the first */
  readonly attempts: number;
};

const PASSING_NAMES = new Set([
  'SlowDown',
  'Throttling',
  'ThrottlingException',
  'RequestTimeout',
  'RequestLimitExceeded',
  'TimeoutError',
  'NetworkingError',
]);
const PASSING_CODES = new Set([
  'ECONNRESET',
  'ECONNREFUSED',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EAI_AGAIN',
  'ERR_STREAM_PREMATURE_CLOSE',
]);

const MENDS: Readonly<Record<string, string>> = {
  NoSuchBucket: 'create the bucket, or correct its name',
  NoSuchKey: 'there is no such object',
  AccessDenied:
    'let the caller s3:GetObject, s3:PutObject, s3:DeleteObject and s3:ListBucket there (without the last, what is missing looks denied)',
  PermanentRedirect: 'the bucket is in another region: set AWS_REGION to it',
  ExpiredToken: 'renew the credentials',
  CredentialsProviderError: 'give AWS credentials, as in AWS_PROFILE',
};

export function readS3Failure(error: unknown): S3Failure {
  const { name, $metadata: metadata } = error as { name?: unknown; $metadata?: unknown };
  const { httpStatusCode, attempts } = (metadata ?? {}) as { httpStatusCode?: unknown; attempts?: unknown };
  return {
    name: typeof name === 'string' ? name : 'Error',
    status: typeof httpStatusCode === 'number' ? httpStatusCode : undefined,
    attempts: typeof attempts === 'number' ? attempts : 1,
  };
}

/** Says in our words what went wrong: `what` was asked of `place` (an s3:// address), and what would mend it. */
export function s3Error(what: string, place: string, error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  const failure = readS3Failure(error);
  const mend = MENDS[failure.name];
  const said = error instanceof Error ? error.message : String(error);
  const status = failure.status === undefined ? 'no answer' : String(failure.status);
  return new StoreError(
    `cannot ${what} ${place}: ${status}, ${failure.name}: ${said}${mend === undefined ? '' : `; ${mend}`}`,
    { retriable: isPassing(error, failure), cause: error },
  );
}

function isPassing(error: unknown, { name, status }: S3Failure): boolean {
  if (status !== undefined && (status >= 500 || status === 429 || status === 409)) return true;
  const code = (error as { code?: unknown }).code;
  return PASSING_NAMES.has(name) || (typeof code === 'string' && PASSING_CODES.has(code));
}
