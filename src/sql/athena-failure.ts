import { InvalidRequestException, type QueryExecutionStatus } from '@aws-sdk/client-athena';
import { type TributaryError, UsageError } from '../errors.ts';
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

/** What the API refuses about the query or the workgroup, in our words. Who the caller is, and the network, are not its business. */
export function explainCall(error: unknown, workgroup: string): unknown {
  if (!(error instanceof InvalidRequestException)) return error;
  const said = oneLine(error.message);
  if (!/work ?group/i.test(said)) return new SqlError(`query refused: ${said}`, { cause: error });
  return new UsageError(
    `Athena takes no query in the workgroup ${workgroup}: ${said}; deploy the stage, or set AWS_REGION and AWS_PROFILE to where it is`,
    { cause: error },
  );
}

function oneLine(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, ' ').trim();
}
