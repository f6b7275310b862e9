import { TributaryError } from '../errors.ts';

/** A Parquet file that is broken, or that holds something else than its table says. */
export class ParquetError extends TributaryError {}
