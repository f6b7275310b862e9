import type { GiveUpCondition } from './failed-batches.ts';

/** The settings of a Kinesis event source mapping, parallelization factor 1, in order of Lambda's documentation. */
export type EventSourceSettings = {
  /** records, at most 10,000 */
  readonly batchSize: number;
  /** how long to gather records before invoking, from the first one on; milliseconds, 0: not at all */
  readonly windowMs: number;
  readonly bisectOnFunctionError: boolean;
  /** undefined: until the records are too old */
  readonly maximumRetryAttempts: number | undefined;
  /** milliseconds; undefined: however old */
  readonly maximumRecordAgeMs: number | undefined;
  /** before the first retry of a batch; doubles up to `maximumBackoffMs` */
  readonly initialBackoffMs: number;
  readonly maximumBackoffMs: number;
};

export type EventSourceEvent =
  | {
      readonly kind: 'batch-done';
      readonly shard: string;
      readonly records: number;
      readonly milliseconds: number;
    }
  | {
      readonly kind: 'batch-failed';
      readonly shard: string;
      readonly records: number;
      readonly error: unknown;
      readonly next: 'retry' | 'split' | 'give-up';
    }
  | {
      readonly kind: 'batch-given-up';
      readonly shard: string;
      readonly records: number;
      readonly condition: GiveUpCondition;
      readonly file: string;
    }
  /** reading the stream, a checkpoint or the on-failure destination failed; it is tried again */
  | { readonly kind: 'fault'; readonly shard: string; readonly error: unknown };
