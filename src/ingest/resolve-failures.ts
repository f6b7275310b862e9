import { failureSubject, formatFailures, type StoredFailure } from './failures.ts';
import { placeKey } from './places.ts';
import type { QuarantineRow } from './quarantine-rows.ts';
import type { MessageOutcome, ReplayOutcome } from './replay-origins.ts';

/**
 * A row's failures after a replay: what became a row is resolved, what still fails says why it does today. Undefined where
 * nothing changes. What another resolved meanwhile stays so, but for a reading that was discarded and is a row all the same.
 */
export function resolveFailures(
  row: QuarantineRow,
  outcomes: ReplayOutcome['outcomes'],
): readonly StoredFailure[] | undefined {
  const found = new Map<string, StoredFailure>();
  const resolved = row.failures.map((failure) => {
    const outcome =
      failure.table === null ? undefined : outcomes.get(failure.table)?.get(placeKey(row.place));
    if (outcome === undefined) return failure;
    const [now, ...readings] = resolveFailure(failure, outcome);
    for (const each of readings) found.set(subjectOf(each), each);
    return now;
  });
  const failures = resolved.map((failure) => {
    const reading = found.get(subjectOf(failure));
    found.delete(subjectOf(failure));
    // it had been left to the whole message
    return failure.resolution === 'replayed' && reading !== undefined ? reading : failure;
  });
  failures.push(...found.values());
  return formatFailures(failures) === formatFailures(row.failures) ? undefined : failures;
}

/** The failure as it stands now; after it, where a whole message was tried, the readings that fail of it. */
function resolveFailure(
  failure: StoredFailure,
  outcome: MessageOutcome,
): readonly [StoredFailure, ...StoredFailure[]] {
  const { index, resolution } = failure;
  if (resolution === 'replayed') return [failure];
  if (outcome.kind === 'refused') {
    if (resolution !== undefined) return [failure];
    return [{ ...aboutOf(failure), reason: 'table-refused', detail: outcome.why }];
  }
  const { rows, failures, readings, entire } = outcome;
  const why = failures.find((each) => each.index < 0) ?? failures.find((each) => each.index === index);
  const replayed: StoredFailure = { ...failure, resolution: 'replayed' };
  if (rows.has(index)) return [replayed];
  if (index < 0 && entire && why === undefined && (resolution === undefined || rows.size > 0)) {
    return [replayed, ...failures.map((each) => ({ table: failure.table, readings, ...each }))];
  }
  // discarded, or not tried: it stands in another row of the same message
  if (resolution !== undefined || why === undefined) return [failure];
  return [{ ...why, ...aboutOf(failure) }];
}

function subjectOf({ table, index }: StoredFailure): string {
  return failureSubject(table, index);
}

/** What a failure is about, without why. */
function aboutOf({ table, index, readings }: StoredFailure) {
  return { table, index, ...(readings === undefined ? {} : { readings }) };
}
