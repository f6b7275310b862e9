/** An error's stack, those of its parts (an `AggregateError` has several) and of its causes, outermost first. */
export function describeErrors(error: unknown): readonly string[] {
  if (!(error instanceof Error)) return [String(error)];
  const parts = error instanceof AggregateError ? (error.errors as unknown[]) : [];
  return [
    error.stack ?? error.message,
    ...parts.flatMap(describeErrors),
    ...(error.cause === undefined ? [] : describeErrors(error.cause)),
  ];
}
