import { UsageError } from '../errors.ts';

/** What the author of a query can mend: one line, with the engine's own words where it had some. */
export class SqlError extends UsageError {}
