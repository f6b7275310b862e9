import type { MiddlewareObj } from '@middy/core';

/** Logs what an invocation died of, with its causes, as one JSON line; Lambda itself prints only the outermost error. */
export function logInvocation(name: string): MiddlewareObj {
  return {
    onError: ({ error, context }) => {
      const { awsRequestId } = context;
      console.error(
        JSON.stringify({ level: 'ERROR', function: name, awsRequestId, errors: describe(error) }),
      );
    },
  };
}

function describe(error: unknown): readonly string[] {
  if (!(error instanceof Error)) return [String(error)];
  const parts = error instanceof AggregateError ? (error.errors as unknown[]) : [];
  return [
    error.stack ?? error.message,
    ...parts.flatMap(describe),
    ...(error.cause === undefined ? [] : describe(error.cause)),
  ];
}
