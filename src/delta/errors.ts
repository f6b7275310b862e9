import { TributaryError } from '../errors.ts';

/** The base of what goes wrong with a Delta table. */
export class DeltaError extends TributaryError {}

/**
 * The table cannot be written, or not read, until somebody mends it or changes what is asked: trying again is of no use.
 * Its subclasses say why.
 */
export class TableRefusedError extends DeltaError {}

/** The table needs something of the protocol that this implementation does not know (design 5.12). */
export class UnsupportedFeatureError extends TableRefusedError {
  /** as the protocol names it */
  readonly feature: string;

  constructor(feature: string, message: string) {
    super(message);
    this.feature = feature;
  }
}

/** The log, or a file that it names, is missing or broken. The message names the file and the version. */
export class CorruptLogError extends TableRefusedError {
  readonly file: string;

  constructor(file: string, message: string, options: { readonly cause?: unknown } = {}) {
    super(`${file}: ${message}`, options);
    this.file = file;
  }
}

/** A version that log clean-up took: travelling in time ends at `oldest`. */
export class VersionGoneError extends DeltaError {
  /** the oldest version that can still be read */
  readonly oldest: number;

  /** @param wanted `version 3`, `what stood at 2026-01-01T00:00:00.000Z` */
  constructor(wanted: string, oldest: number) {
    super(
      `${wanted} is no longer in the log, which was cleaned: the oldest version that can be read is ${oldest}`,
    );
    this.oldest = oldest;
  }
}

/** A commit that a reader of changes asks for is no longer in the log: only a full read can go on from here. */
export class LogGoneError extends DeltaError {
  readonly version: number;

  constructor(version: number) {
    super(`commit ${version} is no longer in the log: read the table as a whole`);
    this.version = version;
  }
}
