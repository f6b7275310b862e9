import type { Failure } from '../decode/failure.ts';

/** A failure with the table that it concerns; null where no table takes the topic. */
export type TableFailure = Failure & { readonly table: string | null };

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
export function formatFailures(failures: readonly TableFailure[]): string {
  return JSON.stringify(
    failures.map(({ table, index, reason, column, detail }) => ({
      table,
      index,
      reason,
      ...(column === undefined ? {} : { column }),
      detail,
    })),
  );
}

/** Which subjects a `failures` text names. */
export function parseFailureSubjects(text: string): string[] {
  const failures = JSON.parse(text) as readonly { readonly table: string | null; readonly index: number }[];
  return failures.map(({ table, index }) => failureSubject(table, index));
}
