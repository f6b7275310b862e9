import type { Failure } from '../decode/failure.ts';

/**
 * A failure with the table that it concerns; null where no table takes the topic. `readings`: how many the message held
 * for that table then, so that a definition that counts them otherwise is noticed.
 */
export type TableFailure = Failure & { readonly table: string | null; readonly readings?: number };

/** What became of a failure: the reading is a row now, or somebody decided to do without it. */
export type Resolution = 'replayed' | 'discarded';

/**
 * A failure as the quarantine keeps it. One that is resolved stays there: an attempt at the message's batch that comes
 * late sees by it that the reading is taken care of (decision 2).
 */
export type StoredFailure = TableFailure & { readonly resolution?: Resolution };

/** The failures of a batch by the ordinal of their record. */
export type BatchFailures = Map<number, TableFailure[]>;

export function addFailure(failures: BatchFailures, ordinal: number, failure: TableFailure): void {
  const known = failures.get(ordinal);
  if (known === undefined) failures.set(ordinal, [failure]);
  else known.push(failure);
}

/** What a failure is about, as one comparable text: the table and the reading. */
export function failureSubject(table: string | null, index: number): string {
  return `${table ?? ''}#${index}`;
}

/** The text of the quarantine's `failures` column: a JSON array, one object a failure. */
export function formatFailures(failures: readonly StoredFailure[]): string {
  return JSON.stringify(
    failures.map(({ table, index, readings, reason, column, detail, resolution }) => ({
      table,
      index,
      ...(readings === undefined ? {} : { readings }),
      reason,
      ...(column === undefined ? {} : { column }),
      detail,
      ...(resolution === undefined ? {} : { resolution }),
    })),
  );
}

export function parseFailures(text: string): StoredFailure[] {
  return JSON.parse(text) as StoredFailure[];
}
