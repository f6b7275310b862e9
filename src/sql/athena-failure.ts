import type { QueryExecutionStatus } from '@aws-sdk/client-athena';
import { TributaryError, UsageError } from '../errors.ts';
import { QueryServiceError, SqlError } from './sql-error.ts';

/** Athena's categories of what went wrong: 1 is its own fault, 2 the query's, 3 anything else. */
const OF_THE_SERVICE = 1;

/** What a query ended with that did not succeed, by who can mend it. */
export function explainEnd({ State, StateChangeReason, AthenaError }: QueryExecutionStatus): TributaryError {
  const said = oneLine(StateChangeReason ?? AthenaError?.ErrorMessage ?? 'Athena gives no reason');
  if (State === 'CANCELLED') return new SqlError(explainCancelled(said));
  if (AthenaError?.ErrorCategory === OF_THE_SERVICE)
    return new QueryServiceError(`query failed: ${said}`, { retriable: AthenaError.Retryable ?? false });
  return new SqlError(`query refused: ${said}`);
}

/** The workgroup's limit cancels a query, and so may anybody. */
function explainCancelled(said: string): string {
  return /bytes scanned limit/i.test(said)
    ? `query ended: it reads more than its workgroup allows (${said}); ask for fewer columns, or for fewer days by _date or _month`
    : `query ended: it was cancelled (${said})`;
}

const PASSING_NAMES = new Set(['TooManyRequestsException', 'ThrottlingException', 'TimeoutError']);
const REFUSALS = new Set([
  'AccessDeniedException',
  'ExpiredTokenException',
  'UnrecognizedClientException',
  'InvalidSignatureException',
  'IncompleteSignatureException',
]);

/** What the API, the SDK or the network said in place of an answer, in our words. */
export function explainCall(error: unknown, workgroup: string): unknown {
  if (error instanceof TributaryError || !(error instanceof Error)) return error;
  const { name } = error;
  const said = oneLine(error.message);
  if (name === 'CredentialsProviderError' || name === 'TokenProviderError')
    return new UsageError('there are no AWS credentials: set AWS_PROFILE, or sign in', { cause: error });
  if (said === 'Region is missing')
    return new UsageError('there is no AWS region: set AWS_REGION', { cause: error });
  if (REFUSALS.has(name)) return new UsageError(`AWS refuses the caller: ${said}`, { cause: error });
  if (name === 'InvalidRequestException' && /work ?group/i.test(said)) {
    return new UsageError(
      `Athena takes no query in the workgroup ${workgroup}: ${said}; deploy the stage, or set AWS_REGION and AWS_PROFILE to where it is`,
      { cause: error },
    );
  }
  if (name === 'InvalidRequestException') return new SqlError(`query refused: ${said}`, { cause: error });
  return new QueryServiceError(`Athena cannot be asked: ${name}: ${said}`, {
    retriable: PASSING_NAMES.has(name) || isUnanswered(error),
    cause: error,
  });
}

/** The SDK gives an error that came from AWS a status. */
function isUnanswered(error: Error): boolean {
  const { $metadata: metadata } = error as { readonly $metadata?: { readonly httpStatusCode?: number } };
  const status = metadata?.httpStatusCode;
  return status === undefined || status >= 500;
}

function oneLine(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, ' ').trim();
}
