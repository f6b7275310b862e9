/** What the pool and its worker threads say to each other. Payloads are JSON text, as between Lambda and a runtime. */
export type EnvironmentSettings = {
  /** file URL of the module that exports `handler` */
  readonly module: string;
  /** file URL of a module to load first */
  readonly preload: string | undefined;
  readonly functionName: string;
  readonly functionArn: string;
  readonly memoryMb: number;
};

/** Names the fleets that stand behind `#fleets` on the laptop, as `--fleets` does; unset: the shipped ones. */
export const FLEETS_VARIABLE = 'TRIBUTARY_FLEETS';

/** `deadline`: milliseconds since the epoch */
export type InvokeMessage = {
  readonly requestId: string;
  readonly payload: string;
  readonly deadline: number;
};

export type EnvironmentMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'init-failed'; readonly error: ErrorReport }
  | { readonly kind: 'succeeded'; readonly result: string }
  | { readonly kind: 'failed'; readonly error: ErrorReport };

/** An error as Lambda reports it. `stackTrace` goes on through the causes. */
export type ErrorReport = {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly stackTrace: readonly string[];
};

export function describeError(error: unknown): ErrorReport {
  if (!(error instanceof Error))
    return { errorType: typeof error, errorMessage: String(error), stackTrace: [] };
  return { errorType: error.name, errorMessage: error.message, stackTrace: describeStacks(error) };
}

function describeStacks(error: unknown): readonly string[] {
  if (!(error instanceof Error)) return [String(error)];
  const own = (error.stack ?? String(error)).split('\n');
  const causes =
    error instanceof AggregateError ? [...(error.errors as unknown[]), error.cause] : [error.cause];
  return [
    ...own,
    ...causes
      .filter((cause) => cause !== undefined)
      .flatMap((cause) => ['caused by', ...describeStacks(cause)]),
  ];
}
