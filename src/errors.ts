/**
 * The base of every error that Tributary raises on purpose. `retriable` is a fact about the error: the same call may
 * succeed later without anybody changing anything. Messages are lower case and say what was received, where, and what
 * would mend it.
 */
export class TributaryError extends Error {
  readonly retriable: boolean;

  constructor(message: string, options: { readonly retriable?: boolean; readonly cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.retriable = options.retriable ?? false;
  }
}

/** A mistake in what the user typed or defined: one line, exit code 2. */
export class UsageError extends TributaryError {}
