import { TributaryError } from '../src/errors.ts';
import type { StreamRecord } from '../src/streams/stream.ts';

/** What an invocation says of its batch: all done, or the index of the first record that is not. */
export type BatchOutcome =
  | { readonly kind: 'succeeded' }
  | { readonly kind: 'failed'; readonly from: number; readonly error: unknown; readonly unhandled: boolean };

/**
 * Reads a function's answer as Lambda does with `ReportBatchItemFailures`: nothing, or an empty list, is success; named
 * records fail from the lowest sequence number on; an answer that cannot be understood fails the whole batch, an
 * identifier that is empty or not in the batch included.
 */
export function readBatchResponse(response: unknown, records: readonly StreamRecord[]): BatchOutcome {
  if (response === null || response === undefined) return { kind: 'succeeded' };
  if (typeof response !== 'object' || Array.isArray(response)) {
    return malformed(`answered ${describe(response)} where an object with batchItemFailures belongs`);
  }
  const failures = (response as { readonly batchItemFailures?: unknown }).batchItemFailures;
  if (failures === null || failures === undefined) return { kind: 'succeeded' };
  if (!Array.isArray(failures))
    return malformed(`answered batchItemFailures ${describe(failures)}, which is not a list`);
  if (failures.length === 0) return { kind: 'succeeded' };

  const indices = new Map(records.map(({ position }, index) => [position, index]));
  let from = records.length;
  for (const failure of failures as readonly unknown[]) {
    const identifier = (failure as { readonly itemIdentifier?: unknown } | null)?.itemIdentifier;
    const index = typeof identifier === 'string' ? indices.get(identifier) : undefined;
    if (index === undefined) {
      return malformed(`named ${describe(failure)} as failed, which is no sequence number of the batch`);
    }
    from = Math.min(from, index);
  }
  const error = new TributaryError(
    `the function reported ${failures.length} failed records from ${records[from]!.position} on`,
  );
  return { kind: 'failed', from, error, unhandled: false };
}

function malformed(what: string): BatchOutcome {
  return { kind: 'failed', from: 0, error: new TributaryError(`the function ${what}`), unhandled: false };
}

function describe(value: unknown): string {
  return (JSON.stringify(value) ?? String(value)).slice(0, 200);
}
