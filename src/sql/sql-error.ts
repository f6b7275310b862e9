import { TributaryError, UsageError } from '../errors.ts';

/** What the author of a query can mend: one line, with the engine's own words where it had some. */
export class SqlError extends UsageError {}

/** The service that answers queries could not, or its answer makes no sense: nothing that a query's author can mend. */
export class QueryServiceError extends TributaryError {}

/** A data file of a table in the request is not in its store any more: the snapshot is older than what vacuum kept. */
export class DataFileGoneError extends TributaryError {
  readonly key: string;

  constructor(key: string) {
    super(`data file ${key} is gone: read a newer snapshot of its table`);
    this.key = key;
  }
}
